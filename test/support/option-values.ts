/** A valid argument for every option that wants one. */
import type { Option } from '../../lib/cli/option.js';

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

const COMPANY: Readonly<Record<string, string[]>> = {
  retain: ['-o', VALUES['DIR']!],
  compress: ['-o', VALUES['DIR']!],
  from: ['--replay', '-'],
  to: ['--replay', '-'],
};

/** What has to be given besides the option. */
export const companyOf = ({ name }: Option): string[] => COMPANY[name] ?? [];

/** What to give the option; undefined for a switch. */
export function valueFor({ long, argument }: Option): string | undefined {
  if (argument === undefined) return undefined;
  const value = VALUES[argument];
  if (value === undefined)
    throw new Error(`test/support/option-values.ts has no ${argument}, which --${long[0]} wants`);
  return value;
}
