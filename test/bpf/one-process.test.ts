/** `-p`: these processes, with all their threads, and no other. */
import { createInterface } from 'node:readline';
import t from 'tap';
import type { SampleRecord } from '../../lib/index.js';
import { threadsOf } from '../support/proc.js';
import { sorted } from '../support/numbers.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { parseLine } from '../support/schema.js';
import { record, runXcapture, startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const tidsOf = (rows: readonly SampleRecord[]) => sorted(rows.map(({ tid }) => tid!));

t.test('-p with one process shows all its threads, and the kernel walks no other', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'threads', [30]);
  await startWorkload(t, 'threads', [30]);
  const { header, samples, stderr } = await record(t, ['-a', '-p', pid, '-i', 3, '-F', 20, '-v']);
  t.equal(header.features['pid_iterator'], true);
  t.equal(samples.length, 3);
  for (const rows of samples) t.strictSame(tidsOf(rows), sorted(threadsOf(pid)));
  t.match(stderr, / 30 tasks, 30 records, /, 'as many tasks were looked at');
});

t.test('-p with several processes shows the threads of these, in either spelling', { skip }, async (t) => {
  const some = [await startWorkload(t, 'threads', [3]), await startWorkload(t, 'threads', [4])];
  await startWorkload(t, 'threads', [5]);
  const pids = some.map(({ pid }) => pid);
  const expected = sorted(pids.flatMap((pid) => threadsOf(pid)));
  for (const options of [['-p', pids.join(',')], pids.flatMap((pid) => ['--pid', String(pid)])]) {
    const { header, rows } = await record(t, ['-a', ...options, '-i', 1]);
    t.equal(header.features['pid_iterator'], false);
    t.strictSame(tidsOf(rows), expected);
  }
});

t.test('a process that ends while it is watched leaves samples without it, and no error', { skip }, async (t) => {
  const workload = await startWorkload(t, 'sleeper');
  const other = await startWorkload(t, 'sleeper');
  const child = startXcapture(t, ['--ndjson', '-a', '-p', `${workload.pid},${other.pid}`, '-F', 100, '-i', 40]);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (lines.length === 2) await workload.stop();
  }
  const records = lines.map(parseLine);
  const rows = records.filter((one) => one.type === 'sample' && one['tgid'] === workload.pid);
  t.match(records.at(-1), { type: 'summary', samples: 40, lost: 0 });
  t.ok(rows.length > 0 && rows.length < 40, `${rows.length} rows`);
});

t.test('-p with a process that does not exist is an error that names it', { skip }, async (t) => {
  // One more than the highest that the kernel ever gives: PID_MAX_LIMIT of include/linux/threads.h.
  const { status, stderr, stdout } = await runXcapture(t, ['-p', 4_194_305, '-i', 1]);
  t.equal(status, 1);
  t.match(stderr, /^xcapture: there is no process 4194305; .*\n$/);
  t.equal(stdout.length, 0);
});

t.test('-p inside a PID namespace takes the id that the process has there', { skip }, async (t) => {
  const wrapper = ['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', 'sleep 60 & exec "$@" -p $!', 'sh'];
  const { rows } = await record(t, ['-a', '-i', 1], { wrapper });
  t.match(rows, [{ nstid: 2, comm: 'sleep', syscall: 'clock_nanosleep' }]);
  const two = await runXcapture(t, ['-a', '-i', 1, '-p', '1,2'], { wrapper: wrapper.with(6, 'sleep 60 & exec "$@"') });
  t.equal(two.status, 1);
  t.match(two.stderr, /^xcapture: inside a PID namespace -p takes one process, /);
});
