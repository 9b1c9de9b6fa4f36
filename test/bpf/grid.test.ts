/** When samples are taken, and with which priority. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import t, { type Test } from 'tap';
import type { SampleRecord } from '../../lib/index.js';
import { sorted } from '../support/numbers.js';
import { until, timeSkipReason } from '../support/poll.js';
import { threadsOf } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const HZ = 50;
const PERIOD_US = 1e6 / HZ;
const SECONDS = 1.5;
/** Fields of /proc/PID/stat, counted from 1 as proc(5) does; SCHED_RR of sched(7). */
const RT_PRIORITY = 40;
const POLICY = 41;
const SCHED_RR = 2;

/** Microseconds since the epoch; `Date` keeps milliseconds. */
const microseconds = (time: string) => Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26));

t.test(
  'with every CPU busy samples start on a grid that does not drift',
  { skip: skip || timeSkipReason },
  async (t) => {
    await startWorkload(
      t,
      'burner',
      os.cpus().map((_, cpu) => cpu),
    );
    const { samples, summary } = await record(t, ['-F', HZ, '--duration', `${SECONDS}s`]);

    t.equal(summary.samples + summary.missed, HZ * SECONDS, 'every point of the grid is a sample or missed');
    t.equal(samples.length, summary.samples, 'every sample sees the burners');
    const times = samples.map(([row]) => microseconds(row!.timestamp!));
    const first = times[0]!;
    const offGrid = times.map((time) => Math.abs(time - first - Math.round((time - first) / PERIOD_US) * PERIOD_US));
    const onGrid = offGrid.filter((us) => us <= PERIOD_US / 10);
    t.ok(onGrid.length >= times.length * 0.95, `${onGrid.length} of ${times.length} on the grid`);
    // Drift moves the last ones most.
    t.ok(Math.min(...offGrid.slice(-10)) <= PERIOD_US / 20, `at the end off by ${offGrid.slice(-10).join(', ')} us`);
    t.ok(new Set(times).size === times.length && times.every((time, n) => n === 0 || time > times[n - 1]!));
  },
);

/** Every row of `rows`, one a sample, weighs the time since the one before, the first one an interval. */
function checkWeights(t: Test, rows: readonly SampleRecord[], periodUs: number): void {
  const times = rows.map(({ timestamp }) => microseconds(timestamp!));
  const weights = rows.map(({ weight_us }) => weight_us!);
  const expected = times.map((time, n) => (n === 0 ? periodUs : time - times[n - 1]!));
  // Both clocks are read one after the other, and something may come between.
  const off = sorted(weights.map((weight, n) => Math.abs(weight - expected[n]!)));
  const usual = off[Math.floor(off.length * 0.9)]!;
  t.ok(usual <= 200, `each weighs the time since the one before: nine in ten at most ${usual} us off`);
  const sum = weights.reduce((one, other) => one + other, 0);
  const run = times.at(-1)! - times[0]! + periodUs;
  t.ok(Math.abs(sum - run) <= 500, `all together weigh the time of the run: ${sum} and ${run} us`);
}

t.test(
  'a point of the grid that passes while a sample is taken is missed, and nothing is caught up',
  { skip },
  async (t) => {
    const { pid } = await startWorkload(t, 'threads', [3000]);
    // A walk over so many takes longer than the millisecond to the next point.
    const { samples, summary } = await record(t, ['-a', '-F', 1000, '--duration', '200ms', '--where', `tid=${pid}`]);
    t.equal(summary.samples + summary.missed, 200, 'every point of the grid is a sample or missed');
    t.ok(summary.missed > 0, `${summary.missed} missed`);
    const rows = samples.flat();
    t.equal(rows.length, summary.samples);
    const times = rows.map(({ timestamp }) => microseconds(timestamp!));
    t.ok(times.every((time, n) => n === 0 || time - times[n - 1]! > 500));
    checkWeights(t, rows, 1000);
  },
);

t.test('a row weighs the time since the sample before', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'sleeper');
  const { rows } = await record(t, ['-a', '-p', pid, '-F', 50, '-i', 20]);
  t.equal(rows.length, 20);
  checkWeights(t, rows, PERIOD_US);
});

t.test('tasks are read one after the other: off_us never falls within a sample', { skip }, async (t) => {
  await startWorkload(t, 'threads', [1000]);
  const { samples } = await record(t, ['-a', '-F', 10, '-i', 3]);
  for (const rows of samples) {
    const offsets = rows.map(({ off_us }) => off_us!);
    t.ok(offsets.length > 1000 && offsets.every((off, n) => n === 0 || off >= offsets[n - 1]!));
    t.ok(offsets.at(-1)! > offsets[0]! && offsets.at(-1)! < 1e6, `from ${offsets[0]} to ${offsets.at(-1)} us`);
  }
});

t.test('the sampler thread, and no other, has a realtime priority', { skip }, async (t) => {
  const { pid } = startXcapture(t, ['--ndjson', '-F', 10]);
  const scheduling = (tid: number) => {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      comm: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      policy: Number(fields[POLICY - 3]),
      priority: Number(fields[RT_PRIORITY - 3]),
    };
  };
  const isSampler = (tid: number) => scheduling(tid).comm === 'xcap-sampler';
  const sampler = await until('the sampler thread', () => threadsOf(pid!).find(isSampler));
  await until('its priority', () => scheduling(sampler).policy === SCHED_RR);
  t.equal(scheduling(sampler).priority, 1);
  t.ok(threadsOf(pid!).every((tid) => tid === sampler || scheduling(tid).policy === 0));
});

t.test('the header says so, also of a run that is over at once', { skip }, async (t) => {
  for (let run = 0; run < 4; run++) {
    const { header } = await record(t, ['-p', process.pid, '-i', 1]);
    t.equal(header.features['realtime'], true);
  }
});
