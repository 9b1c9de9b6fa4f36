/** Every task has exactly one row in every sample, however many there are, and xcapture none. */
import os from 'node:os';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { raiseLimit } from '../support/limits.js';
import { sorted } from '../support/numbers.js';
import { SLOWNESS, until } from '../support/poll.js';
import { descendantsOf, isOpen, linkOf, processes, threadsOf } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { parseNdjson, record, startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
// An emulated machine would take minutes.
const THREADS = 20_000 / SLOWNESS;
const SAMPLES = 20 / Math.min(5, SLOWNESS);
/** A PID namespace with one more process in it, so that there is something to see. */
const NAMESPACE = [
  'unshare',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  'sh',
  '-c',
  'sleep 100 & exec "$0" "$@"',
];

t.test(`${THREADS} threads are ${THREADS} rows in every sample, each thread once`, { skip }, async (t) => {
  raiseLimit(t, 'pid_max', THREADS + 20_000);
  raiseLimit(t, 'threads-max', THREADS + 20_000);
  const { pid } = await startWorkload(t, 'threads', [THREADS]);
  const expected = sorted(threadsOf(pid));
  t.equal(expected.length, THREADS);

  const { samples, summary, losses } = await record(t, ['-a', '-F', 10, '-i', SAMPLES]);
  t.equal(samples.length, SAMPLES);
  for (const rows of samples) {
    const tids = rows.map(({ tid }) => tid!);
    t.equal(new Set(tids).size, tids.length, 'no tid twice');
    const own = rows.filter(({ tgid }) => tgid === pid).map(({ tid }) => tid!);
    t.ok(String(sorted(own)) === String(expected), `${own.length} rows, one for each thread`);
  }
  t.strictSame(losses, []);
  t.match(summary, { samples: SAMPLES, lost: 0 });
  t.equal(summary.records!['sample'], samples.flat().length);
  t.equal(expected.join(), sorted(threadsOf(pid)).join(), 'they were the same all the time');
});

t.test('every task that lives through a sample is in it', { skip }, async (t) => {
  await startWorkload(t, 'threads', [100]);
  await startWorkload(t, 'states');
  // What the kernel hides even from root is not ours to show.
  const visible = () =>
    processes()
      .filter(isOpen)
      .flatMap((pid) => threadsOf(pid));
  const before = visible();
  const { rows } = await record(t, ['-a', '-i', 1]);
  const after = new Set(visible());
  const tids = rows.map(({ tid }) => tid);
  t.equal(new Set(tids).size, tids.length);
  t.strictSame(
    before.filter((tid) => after.has(tid) && !tids.includes(tid)),
    [],
  );
});

for (const [where, wrapper] of [
  ['', []],
  [', also not in a PID namespace of its own', NAMESPACE],
] as const) {
  t.test(`none of its threads is in its rows${where}`, { skip }, async (t) => {
    const child = startXcapture(t, ['-a', '--ndjson', '-F', 50, '-i', 25 * SLOWNESS], { wrapper });
    const output = buffer(child.stdout!);
    const isXcapture = (pid: number) => threadsOf(pid).length > 5 && linkOf(pid, 'exe') === process.execPath;
    const pid = await until('xcapture and its threads', () =>
      [child.pid!, ...descendantsOf(child.pid!)].find(isXcapture),
    );
    const own = new Set<number>();
    // Its threads, as they come.
    while (threadsOf(pid).length > 0) {
      for (const tid of threadsOf(pid)) own.add(tid);
      await nextTurn();
    }
    const rows = parseNdjson(await output).filter(({ type }) => type === 'sample') as { tid: number; tgid: number }[];
    t.ok(own.size > 5, `${own.size} threads of xcapture`);
    t.ok(rows.length >= 25, `${rows.length} rows`);
    t.strictSame(
      rows.filter(({ tid, tgid }) => tgid === pid || own.has(tid)),
      [],
    );
  });
}

t.test('a storm of short-lived processes and threads breaks no line and loses nothing', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'storm', [os.availableParallelism() - 1]);
  const { rows, samples, summary, losses, stderr } = await record(t, ['-a', '-F', 100, '-i', 60, '-G', 'cmdline']);
  t.equal(stderr, '');
  t.strictSame(losses, []);
  t.match(summary, { samples: 60, lost: 0 });
  t.equal(samples.length, 60);
  const shortLived = rows.filter(({ tid, comm }) => tid !== pid && (comm === 'storm' || comm === 'true'));
  t.ok(new Set(shortLived.map(({ tid }) => tid)).size > 100 / SLOWNESS, 'many were seen');
  t.ok(
    shortLived.some(({ state }) => state === 'ZOMBIE'),
    'also dead ones',
  );
  for (const one of samples) t.equal(new Set(one.map(({ tid }) => tid)).size, one.length, 'no tid twice in a sample');
  t.ok(
    shortLived.every(({ exe }) => exe === undefined || /\/(storm|true|node|ld[^/]*)$/.test(exe)),
    [...new Set(shortLived.map(({ exe }) => exe))].join(),
  );
});
