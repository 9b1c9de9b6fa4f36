/** The help of every command: its options in groups, in lines that fit. */
import t from 'tap';
import { OPTIONS as CSV_OPTIONS } from '../../lib/cli/csv/options.js';
import { explain, groupsOf, optionsText, spellOption } from '../../lib/cli/help.js';
import type { Option } from '../../lib/cli/option.js';
import { OPTIONS as STACKS_OPTIONS } from '../../lib/cli/stacks/options.js';
import { OPTIONS } from '../../lib/cli/xcapture/options.js';
import { named } from '../support/option-values.js';

const TABLES: Readonly<Record<string, readonly Option[]>> = {
  xcapture: OPTIONS,
  'xcapture-csv': CSV_OPTIONS,
  'xcapture-stacks': STACKS_OPTIONS,
};

for (const [program, table] of Object.entries(TABLES)) {
  t.test(`${program}: every option is in a group, once, with its default in brackets`, async (t) => {
    const text = optionsText(table);
    t.equal(groupsOf(table).flatMap(({ options }) => options).length, table.length);
    for (const option of table) {
      const { help, default: usual, otherwise = usual } = option;
      t.equal(text.split(`  ${spellOption(option)}`).length, 2, help);
      t.equal(explain(option).endsWith(`[default: ${otherwise}]`), otherwise !== undefined, help);
      t.match(text.replaceAll(/\s+/g, ' '), explain(option));
      t.notMatch(help, /default/);
    }
  });

  t.test(`${program}: a help begins with a small letter and is read alone`, async (t) => {
    for (const { help } of table) {
      t.match(help, /^[a-z]+ /);
      t.notMatch(help, /\b(the same|above|below|likewise|next|that are)\b/);
    }
  });

  t.test(`${program}: what an option needs, or does not go with, are options`, async (t) => {
    const others = table.flatMap(({ needs, conflicts }) => [needs?.option ?? [], conflicts?.options ?? []].flat());
    for (const name of others) t.ok(named(table, name));
    t.equal(
      new Set(table.flatMap(({ short, long }) => [short ?? long[0], ...long])).size,
      new Set(table).size + table.flatMap(({ short, long }) => (short ? long : long.slice(1))).length,
      'no name is there twice',
    );
  });
}
