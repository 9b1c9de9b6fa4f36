/** Completions joined to the samples that have caught them. */
import type { Test } from 'tap';
import type { SampleRecord, SyscendRecord } from '../../lib/index.js';
import type { Run } from './xcapture.js';

export const callsEnded = ({ records }: Run): SyscendRecord[] =>
  records.filter((one): one is SyscendRecord => one.type === 'syscend');

const keyOf = ({ tid, sysc_seq_num: seq }: SampleRecord | SyscendRecord) => `${tid} ${seq}`;

/**
 * Fails when the record of a system call lacks its sample, or comes before it, or comes twice, or is not of the same
 * call; and when one that has none is not counted. Returns the samples by their keys.
 */
export function joinCalls(t: Test, recording: Run): Map<string, SampleRecord[]> {
  const samples = new Map<string, SampleRecord[]>();
  const ended = new Set<string>();
  for (const one of recording.records) {
    if (one.type === 'sample' && (one as SampleRecord).sysc_seq_num !== undefined) {
      const key = keyOf(one as SampleRecord);
      samples.set(key, [...(samples.get(key) ?? []), one as SampleRecord]);
    } else if (one.type === 'syscend') {
      const end = one as SyscendRecord;
      const key = keyOf(end);
      const sampled = samples.get(key)?.at(-1);
      if (!sampled) t.fail(`no sample before ${JSON.stringify(end)}`);
      else if (sampled.syscall_active !== end.syscall_name || sampled.sysc_ns_so_far! > end.duration_ns)
        t.fail(`${JSON.stringify(sampled)} is not ${JSON.stringify(end)}`);
      if (ended.has(key)) t.fail(`twice: ${key}`);
      ended.add(key);
    }
  }
  const open = [...samples.keys()].filter((key) => !ended.has(key)).length;
  t.equal(open, recording.summary.unfinished?.['syscend'], 'what has not ended is counted');
  return samples;
}
