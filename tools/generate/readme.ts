/** README.md with a current table of options between its two markers. */
import { readFileSync } from 'node:fs';
import { spellOption } from '../../lib/cli/help.js';
import type { Option } from '../../lib/cli/option.js';
import { OPTIONS } from '../../lib/cli/xcapture/options.js';
import { code, table } from './markdown.js';

const BEGIN = '<!-- options: begin (tools/generate) -->';
const END = '<!-- options: end -->';

/** The whole file, as it stands but for the table. */
export function readme(): string {
  const text = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error('README.md has lost the markers of its options');
  const rows = (OPTIONS as readonly Option[]).map((option) => {
    const others = option.long.slice(1).map((name) => `\`--${name}\``);
    const help = others.length > 0 ? `${option.help} (also ${others.join(', ')})` : option.help;
    return [code(spellOption(option).trim()), help];
  });
  return `${before}${BEGIN}\n\n${table(['option', 'meaning'], rows)}\n\n${END}${after}`;
}
