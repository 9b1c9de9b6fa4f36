/** README.md with current tables of options between its two markers. */
import { readFileSync } from 'node:fs';
import { explain, groupsOf, spellOption } from '../../lib/cli/help.js';
import type { Option } from '../../lib/cli/option.js';
import { OPTIONS } from '../../lib/cli/xcapture/options.js';
import { code, table } from './markdown.js';

const BEGIN = '<!-- options: begin (tools/generate) -->';
const END = '<!-- options: end -->';

/** The whole file, as it stands but for the tables. */
export function readme(): string {
  const text = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error('README.md has lost the markers of its options');
  const rowOf = (option: Option) => {
    const others = option.long.slice(1).map((name) => `\`--${name}\``);
    const help = others.length > 0 ? `${explain(option)} (also ${others.join(', ')})` : explain(option);
    return [code(spellOption(option).trim()), help];
  };
  const tables = groupsOf(OPTIONS).map(({ group, options }) => table([group, 'meaning'], options.map(rowOf)));
  return `${before}${BEGIN}\n\n${tables.join('\n\n')}\n\n${END}${after}`;
}
