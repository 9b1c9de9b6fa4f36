/** The options of a command as its help shows them. */
import { GROUPS, type Option } from './option.js';

/** No line of a help is longer. */
const WIDTH = 100;

/** Two columns. */
export function pad(rows: readonly (readonly [string, string])[], width = widest(rows)): string {
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

const widest = (rows: readonly (readonly [string, string])[]) => Math.max(...rows.map(([left]) => left.length));

/** As the help and the README spell an option: `-F, --freq HZ`. */
export function spellOption({ short, long, argument }: Option): string {
  const names = short ? `-${short}, --${long[0]}` : `    --${long[0]}`;
  return argument ? `${names} ${argument}` : names;
}

/** What an option does, with its default in brackets. */
export function explain({ help, default: usual, otherwise = usual }: Option): string {
  return otherwise === undefined ? help : `${help} [default: ${otherwise}]`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The groups that have options, in their order. */
export const groupsOf = (options: readonly Option[]) =>
  GROUPS.map((group) => ({ group, options: options.filter((option) => option.group === group) })).filter(
    (one) => one.options.length > 0,
  );

/** The options by their groups. */
export function optionsText(options: readonly Option[]): string {
  const width = Math.max(...options.map((option) => spellOption(option).length));
  const rowsOf = (option: Option) =>
    wrap(explain(option), WIDTH - width - '    '.length).map(
      (line, index) => [index === 0 ? spellOption(option) : '', line] as const,
    );
  return groupsOf(options)
    .map((one) => `${one.group}:\n${pad(one.options.flatMap(rowsOf), width)}`)
    .join('\n');
}
