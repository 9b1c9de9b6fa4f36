/** System calls to their end: each that a sample has caught has one record, and its times are right. */
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import type { SampleRecord, SyscendRecord } from '../../lib/index.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, type Recording } from '../support/xcapture.js';

const skip = bpfSkipReason();

interface Call {
  name: string;
  tid: number;
  /** When it was entered, since the epoch. */
  enterUs: number;
  ns: number;
  returned: number;
}

const endsOf = ({ records }: Recording) => records.filter((one): one is SyscendRecord => one.type === 'syscend');
const keyOf = ({ tid, sysc_seq_num: seq }: SampleRecord | SyscendRecord) => `${tid} ${seq}`;

/** RFC 3339 with microseconds to microseconds since the epoch. */
const usOf = (time: string) => Date.parse(`${time.slice(0, -8)}Z`) * 1000 + Number(time.slice(-7, -1));
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const nearest = (calls: readonly Call[], enterUs: number) =>
  calls.reduce((a, b) => (Math.abs(a.enterUs - enterUs) <= Math.abs(b.enterUs - enterUs) ? a : b));

/** Fails when a record lacks its sample, or comes before it, or comes twice. Returns the samples by their keys. */
function join(t: Test, recording: Recording): Map<string, SampleRecord[]> {
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

t.test(
  'sleeps, reads of a pipe, futexes and receives last as long as the thread itself measures',
  { skip },
  async (t) => {
    const { child, pid } = await startWorkload(t, 'tracked-calls');
    const calls: Call[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [, name = '', ...numbers] = line.split(' ');
      const [tid = 0, enterUs = 0, ns = 0, returned = 0] = numbers.map(Number);
      calls.push({ name, tid, enterUs, ns, returned });
    });
    const run = record(t, ['-a', '-t', 'syscall', '-F', 50, '-i', 100, '-p', pid]);
    child.stdin!.write('go\n');
    const recording = await run;
    join(t, recording);
    t.equal(recording.summary.lost, 0);
    const ends = endsOf(recording).filter((end) => end.tgid === pid && !end.partial);
    for (const name of ['clock_nanosleep', 'futex', 'read', 'recvfrom']) {
      const own = calls.filter((call) => call.name === name);
      const told = ends.filter((end) => end.syscall_name === name && end.tid === own[0]?.tid);
      t.ok(told.length >= 20, `${name}: ${told.length} records`);
      const errors = told.map((end) => {
        const call = nearest(own, usOf(end.sysc_enter_time));
        return Math.abs(call.ns - end.duration_ns);
      });
      // The median: on a busy machine the thread itself may lose its CPU between its clock and its call.
      t.ok(median(errors) < 50_000, `${name}: ${errors.join(' ')}`);
      t.strictSame(new Set(told.map((end) => end.sysc_ret_val)), new Set(own.map(({ returned }) => returned)), name);
    }
  },
);

t.test('each call that is sampled has one record, also when it ends in that moment', { skip }, async (t) => {
  const { child, pid } = await startWorkload(t, 'tracked-calls', ['naps']);
  child.stdin!.write('go\n');
  const recording = await record(t, ['-a', '-t', 'syscall', '-F', 1000, '-i', 3000, '-p', pid]);
  const samples = join(t, recording);
  t.ok(samples.size > 3000, `${samples.size} calls`);
  t.equal(recording.summary.lost, 0);
});
