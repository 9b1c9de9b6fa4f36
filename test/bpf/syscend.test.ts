/** System calls to their end: each that a sample has caught has one record, and its times are right. */
import { createInterface } from 'node:readline';
import t from 'tap';
import { callsEnded, joinCalls } from '../support/joins.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();

interface Call {
  name: string;
  tid: number;
  /** When it was entered, since the epoch. */
  enterUs: number;
  ns: number;
  returned: number;
}

/** RFC 3339 with microseconds to microseconds since the epoch. */
const usOf = (time: string) => Date.parse(`${time.slice(0, -8)}Z`) * 1000 + Number(time.slice(-7, -1));
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const nearest = (calls: readonly Call[], enterUs: number) =>
  calls.reduce((a, b) => (Math.abs(a.enterUs - enterUs) <= Math.abs(b.enterUs - enterUs) ? a : b));

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
    joinCalls(t, recording);
    t.equal(recording.summary.lost, 0);
    const ends = callsEnded(recording).filter((end) => end.tgid === pid && !end.partial);
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
  const samples = joinCalls(t, recording);
  t.ok(samples.size > 3000, `${samples.size} calls`);
  t.equal(recording.summary.lost, 0);
});
