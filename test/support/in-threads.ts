/**
 * Workloads whose ready line tells which thread is in which call, `name=tid`, and what else is known:
 * `name.what=number`.
 */
import type { Test } from 'tap';
import type { SampleRecord } from '../../lib/index.js';
import { waitForSyscall } from './asleep.js';
import { startWorkload, type Workload, type WorkloadOptions } from './workload.js';
import { record } from './xcapture.js';

/** Threads by name. */
export interface Threads extends Workload {
  tids: ReadonlyMap<string, number>;
  /** By `name.what`. */
  facts: ReadonlyMap<string, number>;
}

/** Starts the workload, and waits until each thread is in its call. */
export async function startThreads(
  t: Test,
  program: string,
  args: readonly (string | number)[] = [],
  options: WorkloadOptions = {},
): Promise<Threads> {
  const workload = await startWorkload(t, program, args, options);
  const entries = Object.entries(workload.ready);
  const facts = entries.filter(([name]) => name.includes('.'));
  const tids = entries.filter(([name]) => !name.includes('.'));
  for (const [, tid] of tids) await waitForSyscall(tid, tid);
  return { ...workload, tids: new Map(tids), facts: new Map(facts) };
}

/** One sample of the process: rows by the names of their threads. Those without a name are left out. */
export async function sampleThreads(
  t: Test,
  { pid, tids }: Threads,
  args: readonly (string | number)[] = ['-a'],
): Promise<Map<string, SampleRecord>> {
  const { rows } = await record(t, [...args, '-p', pid, '-i', 1]);
  const byTid = new Map(rows.map((row) => [row.tid, row]));
  return new Map(
    [...tids].flatMap(([name, tid]) => {
      const row = byTid.get(tid);
      return row ? [[name, row] as const] : [];
    }),
  );
}
