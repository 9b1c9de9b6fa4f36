/** Workloads of several cases (test/workloads/cases.h): each a process that waits, and what xcapture says of it. */
import { readlinkSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type { Test } from 'tap';
import { idleReason, isIdle } from '../../lib/rules/idle.js';
import type { SampleRecord, SummaryRecord } from '../../lib/index.js';
import { sorted } from './numbers.js';
import { startWorkload, type Workload } from './workload.js';
import { record } from './xcapture.js';

export interface CaseResult {
  pid: number;
  /** What the case has told under that name. */
  told: (name: string) => number;
  /** The main thread's row under `-a`. */
  row: SampleRecord;
  /** All rows of the process. */
  rows: SampleRecord[];
  /** Ids of its threads in the default view. */
  shown: number[];
}

export interface CasesResult {
  of: (words: string) => CaseResult;
  /** The `skip` of a test of this case: false, or why it could not be made. */
  whyNot: (words: string) => string | false;
  summary: SummaryRecord;
}

/** Where a descriptor of a process leads, as /proc says. */
export const fileOf = (pid: number, fd: number): string => readlinkSync(`/proc/${pid}/fd/${fd}`);

const mainThreads = (rows: readonly SampleRecord[]) =>
  sorted(rows.filter(({ tid, tgid }) => tid === tgid).map(({ tid }) => tid!));

/**
 * The rule gives the kernel's verdicts, and narrows the recording to what the default view shows. Of the latter only
 * the main threads, which stay as they are.
 */
function checkParity(t: Test, all: readonly SampleRecord[], shown: readonly SampleRecord[]): void {
  const judged = all.map((row) => ({ row, rule: idleReason({ ...row, reason: undefined }) }));
  // What a row does not show enough for, the recorded verdict tells.
  const different = judged.filter(({ row, rule }) => rule !== undefined && rule !== row.reason);
  t.strictSame(different, [], 'the rule gives the verdicts of the kernel');
  const kept = all.filter((row) => !isIdle(idleReason(row)));
  t.strictSame(mainThreads(kept), mainThreads(shown), 'the rule keeps what the default view shows');
}

export interface CasesOptions {
  /** What starts the workload. Default: `startWorkload`. */
  start?: (program: string, args: readonly string[]) => Promise<Workload>;
  /** Waits until all is as it shall be seen. Default: the ready line is enough. */
  settle?: (ready: Workload['ready']) => Promise<void>;
}

/**
 * Starts a process for each case, samples all of them once with `-a` and once without, and holds the recording against
 * the idle rules. One workload and two runs for a whole file: xcapture takes seconds to start in an emulated guest.
 */
export async function runCases(
  t: Test,
  program: string,
  cases: readonly string[],
  { start = (name, args) => startWorkload(t, name, args), settle = async () => {} }: CasesOptions = {},
): Promise<CasesResult> {
  const { ready } = await start(program, cases);
  await settle(ready);
  const refusal = (index: number) => ready[`${index}_errno`];
  const pids = cases.flatMap((_, index) => (refusal(index) === undefined ? [ready[index]!] : []));
  const options = ['-p', pids.join(','), '-i', 1];
  const [all, shown] = await Promise.all([record(t, ['-a', ...options]), record(t, options)]);
  checkParity(t, all.rows, shown.rows);
  const indexOf = (words: string) => cases.indexOf(words);
  return {
    of: (words) => {
      const pid = ready[indexOf(words)]!;
      const rows = all.rows.filter(({ tgid }) => tgid === pid);
      return {
        pid,
        told: (name) => ready[`${indexOf(words)}_${name}`]!,
        row: rows.find(({ tid }) => tid === pid)!,
        rows,
        shown: shown.rows.filter(({ tgid }) => tgid === pid).map(({ tid }) => tid!),
      };
    },
    whyNot: (words) => {
      const errno = refusal(indexOf(words));
      return errno !== undefined && `this kernel refuses it: ${getSystemErrorName(-errno)}`;
    },
    summary: all.summary,
  };
}

/** The verdict, and that the default view follows it. */
export function checkVerdict(t: Test, { pid, row, shown }: CaseResult, reason: string): void {
  t.match(row, { state: 'SLEEP', reason });
  t.equal(
    shown.includes(pid),
    !isIdle(reason),
    isIdle(reason) ? 'left out of the default view' : 'in the default view',
  );
}
