/** A valid argument for every option that wants one. */
import type { Option } from '../../lib/cli/options.js';

const VALUES: Readonly<Record<string, string>> = {
  HZ: '2',
  N: '3',
  TIME: '5s',
  'PID[,PID…]': '1,7',
  COLS: ' TID ,Comm',
  EXPR: 'tid=1',
  FILE: '-',
  PORT: '2222',
};

/** What to give the option; undefined for a switch. */
export function valueFor({ long, argument }: Option): string | undefined {
  if (argument === undefined) return undefined;
  const value = VALUES[argument];
  if (value === undefined)
    throw new Error(`test/support/option-values.ts has no ${argument}, which --${long[0]} wants`);
  return value;
}
