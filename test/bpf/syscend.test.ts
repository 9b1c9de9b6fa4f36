/** System calls to their end: each that a sample has caught has one record, and its times are right. */
import { createInterface } from 'node:readline';
import t from 'tap';
import { callsEnded, joinCalls } from '../support/joins.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { SLOWNESS } from '../support/poll.js';
import { hasTaskWork } from '../support/kernel-release.js';
import { record, runXcapture } from '../support/xcapture.js';

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

/** Ways to follow a system call to its end. */
const WAYS: readonly { words: string; options: readonly string[]; clock?: string }[] = [
  { words: 'by tracepoints', options: ['-t', 'syscall'] },
  ...(hasTaskWork ? [{ words: 'without a tracepoint', options: ['--track-light'], clock: 'exact' }] : []),
];

for (const { words, options, clock } of WAYS) {
  t.test(`${words}: sleeps, reads, futexes and receives last as long as the thread measures`, { skip }, async (t) => {
    const { child, pid } = await startWorkload(t, 'tracked-calls');
    const calls: Call[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [, name = '', ...numbers] = line.split(' ');
      const [tid = 0, enterUs = 0, ns = 0, returned = 0] = numbers.map(Number);
      calls.push({ name, tid, enterUs, ns, returned });
    });
    const run = record(t, ['-a', ...options, '-F', 50, '-i', 100, '-p', pid]);
    child.stdin!.write('go\n');
    const recording = await run;
    joinCalls(t, recording);
    t.equal(recording.summary.lost, 0);
    const ends = callsEnded(recording).filter((end) => end.tgid === pid && !end.partial);
    for (const name of ['clock_nanosleep', 'futex', 'read', 'recvfrom']) {
      const own = calls.filter((call) => call.name === name);
      const told = ends.filter((end) => end.syscall_name === name && end.tid === own[0]?.tid);
      t.ok(told.length >= 20, `${name}: ${told.length} records`);
      const pairs = told.map((end) => ({ end, call: nearest(own, usOf(end.sysc_enter_time)) }));
      // The median: on a busy machine the thread itself may lose its CPU between its clock and its call. An emulated
      // one is slow.
      const errors = pairs.map(({ end, call }) => Math.abs(call.ns - end.duration_ns));
      t.ok(median(errors) < 50_000 * SLOWNESS, `${name}: ${errors.join(' ')}`);
      const late = pairs.map(({ end, call }) => Math.abs(usOf(end.sysc_enter_time) - call.enterUs));
      t.ok(median(late) < 20 * SLOWNESS, `${name} began: ${late.join(' ')}`);
      const returned = new Set(own.map((call) => call.returned));
      t.strictSame(
        told.filter((end) => !returned.has(end.sysc_ret_val!)),
        [],
        name,
      );
      t.equal(told.filter((end) => end.clock !== clock).length, 0, name);
    }
  });

  t.test(`${words}: a call that is sampled has one record, also when it ends in that moment`, { skip }, async (t) => {
    const { child, pid } = await startWorkload(t, 'tracked-calls', ['naps']);
    child.stdin!.write('go\n');
    const recording = await record(t, ['-a', ...options, '-F', 1000, '-i', 3000, '-p', pid]);
    const samples = joinCalls(t, recording);
    t.ok(samples.size > 3000, `${samples.size} calls`);
    t.equal(recording.summary.lost, 0);
  });

  t.test(`${words}: what a row says of a call is of the one that its record is of`, { skip }, async (t) => {
    const { pid } = await startWorkload(t, 'counted-calls');
    const recording = await record(t, ['-a', ...options, '-F', 1000, '-i', 2000, '-p', pid]);
    const samples = joinCalls(t, recording);
    const ends = callsEnded(recording).filter(({ syscall_name: name }) => name === 'pread64');
    t.ok(ends.length >= 20, `${ends.length} records`);
    let told = 0;
    for (const end of ends) {
      const row = samples.get(`${end.tid} ${end.sysc_seq_num}`)?.at(-1);
      // Its arguments are left out when the call ends while they are read.
      if (row?.sysc_arg3 === undefined) continue;
      told++;
      if (parseInt(row.sysc_arg3, 16) !== end.sysc_ret_val) t.fail(`${row.sysc_arg3} returned ${end.sysc_ret_val}`);
    }
    t.ok(told >= 20, `${told} rows with arguments`);
  });
}

if (!hasTaskWork) {
  t.test('a kernel that cannot follow calls without a tracepoint says so', { skip }, async (t) => {
    const { status, stdout, stderr } = await runXcapture(t, ['--track-light', '-i', '1']);
    t.equal(status, 1);
    t.equal(stdout.length, 0);
    t.match(stderr, /^xcapture: --track-light (needs Linux 6\.18|is for x86_64)[^\n]*\n$/);
  });
}
