/** Valid command lines, and invalid ones, made of the rows of a table of options. */
import { spell, type Option } from '../../lib/cli/option.js';

const VALUES: Readonly<Record<string, string>> = {
  HZ: '2',
  N: '3',
  TIME: '5s',
  'PID[,PID…]': '1,7',
  COLS: ' TID ,Comm',
  EXPR: 'tid=1',
  FILE: '-',
  PORT: '2222',
  WHAT: 'syscall',
  DATE: '2026-11-23T01:00Z',
  DIR: '/nonexistent/recording',
  'FILE|DIR': '-',
  'AGE|SIZE': '7d',
};

/** What to give the option; undefined for a switch. */
export function valueFor({ long, argument }: Option): string | undefined {
  if (argument === undefined) return undefined;
  const value = VALUES[argument];
  if (value === undefined)
    throw new Error(`test/support/option-values.ts has no ${argument}, which --${long[0]} wants`);
  return value;
}

/** Each of its names. */
export const namesOf = ({ short, long }: Option): string[] => [
  ...long.map((name) => `--${name}`),
  ...(short ? [`-${short}`] : []),
];

/** The option by one of its names, with a value where it wants one. */
const wordsFor = (option: Option, name = spell(option)): string[] => [name, ...[valueFor(option) ?? []].flat()];

export function named(table: readonly Option[], name: string): Option {
  const option = table.find((one) => one.name === name);
  if (!option) throw new Error(`no option is called ${name}`);
  return option;
}

const neededBy = (table: readonly Option[], { needs }: Option): Option[] => (needs ? [named(table, needs.option)] : []);

/** What has to be given besides the option. */
export const companyOf = (table: readonly Option[], option: Option): string[] =>
  neededBy(table, option).flatMap((one) => wordsFor(one));

const conflict = (one: Option, two: Option) =>
  one.conflicts?.options.includes(two.name) || two.conflicts?.options.includes(one.name);

/** Valid command lines, each with as many options as go together. Every name of every option is in one of them. */
export function validLines(table: readonly Option[]): string[][] {
  const left = new Set(table);
  const lines: string[][] = [];
  while (left.size > 0) {
    const chosen = new Set<Option>();
    for (const option of [...left, ...table]) {
      const group = [option, ...neededBy(table, option)];
      if (group.some((one) => [...chosen].some((other) => conflict(one, other)))) continue;
      for (const one of group) chosen.add(one);
    }
    for (const option of chosen) left.delete(option);
    lines.push([...chosen].flatMap((option) => namesOf(option).flatMap((name) => wordsFor(option, name))));
  }
  return lines;
}

/** Command lines that break one rule of the table, and how each error ends. */
export function brokenRules(table: readonly Option[]): { args: string[]; error: string }[] {
  return table.flatMap((option) => {
    const { needs, conflicts } = option;
    const broken = conflicts?.options.map((name) => {
      const other = named(table, name);
      const because = conflicts.because.replace('%', spell(other));
      const company = [...companyOf(table, option), ...companyOf(table, other)];
      const args = [...wordsFor(other), ...wordsFor(option), ...company];
      return { args, error: `${spell(option)} ${because}; ${conflicts.remedy}\n` };
    });
    if (!needs) return broken ?? [];
    return [
      ...(broken ?? []),
      { args: wordsFor(option), error: `${spell(option)} ${needs.because}; ${needs.remedy}\n` },
    ];
  });
}
