/** However a run ends, what was sampled is whole. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { XCAPTURE } from '../support/paths.js';
import { waitForState } from '../support/asleep.js';
import { folder } from '../support/recording.js';
import { stateLetter } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { parseNdjson, runXcapture, startXcapture } from '../support/xcapture.js';

const run = promisify(execFile);
const skip = bpfSkipReason();
const xcapture = `"${process.execPath}" "${XCAPTURE}"`;

/** Runs a shell line; the statuses of the pipe's members. */
async function pipe(line: string): Promise<{ statuses: string; stdout: string; stderr: string }> {
  const { stdout, stderr } = await run(
    'bash',
    ['-c', `unset NODE_OPTIONS; ${line}; echo "statuses: \${PIPESTATUS[*]}"`],
    {
      maxBuffer: 2 ** 28,
    },
  );
  const [, output = '', statuses = ''] = /^(.*)statuses: (.*)\n$/s.exec(stdout) ?? [];
  return { statuses, stdout: output, stderr };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal} ends a run in good order`, { skip }, async (t) => {
    const child = startXcapture(t, ['-a', '-F', 50, '--ndjson']);
    const output = buffer(child.stdout!);
    await once(child.stdout!, 'data');
    child.kill(signal);
    const [status] = (await once(child, 'close')) as [number];
    t.equal(status, 0);
    const records = parseNdjson(await output);
    t.equal(records[0]?.type, 'header');
    t.equal(records.at(-1)?.type, 'summary');
  });
}

t.test('a second signal ends a run at once', { skip }, async (t) => {
  // Nobody reads, so the first signal alone cannot end it.
  const child = startXcapture(t, ['-a', '-F', 100, '--ndjson', '-v']);
  child.stdout!.pause();
  await once(createInterface(child.stderr!), 'line');
  child.kill('SIGINT');
  child.kill('SIGINT');
  const again = setInterval(() => child.kill('SIGINT'), 50);
  const [status, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearInterval(again);
  t.ok(signal === 'SIGINT' || status === 0, `${status} ${signal}`);
});

t.test('a reader that goes away is no failure', { skip }, async (t) => {
  for (const options of ['-a --ndjson', '-a', '--help', '-a -v --ndjson']) {
    const { statuses, stderr } = await pipe(`${xcapture} ${options} -F 20 | head -n 1`);
    t.equal(statuses, '0 0', options);
    t.notMatch(stderr, /Error|EPIPE/);
  }
});

t.test('a closed stdout is an error, and a full disk too', { skip }, async (t) => {
  const closed = await pipe(`${xcapture} -i 1 >&-`);
  t.equal(closed.statuses, '1');
  t.equal(closed.stderr, 'xcapture: standard output is closed; send it to a file or to a pipe\n');
  for (const options of ['-a', '-a --ndjson']) {
    const full = await pipe(`${xcapture} ${options} -i 2 -F 10 > /dev/full`);
    t.equal(full.statuses, '1');
    t.equal(full.stderr, 'xcapture: cannot write: ENOSPC\n');
  }
});

t.test('a stalled reader makes samples be missed, and nothing be torn, lost or kept in memory', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'threads', [1500]);
  const { statuses, stdout } = await pipe(`timeout -s INT 3 ${xcapture} -a -p ${pid} -F 200 --ndjson | (sleep 2; cat)`);
  t.equal(statuses.split(' ').at(-1), '0');
  const records = parseNdjson(Buffer.from(stdout));
  const summary = records.at(-1) as { missed: number; lost: number; peak_rss_bytes: number; samples: number };
  t.ok(summary.missed > 100, `${summary.missed} missed`);
  t.equal(summary.lost, 0);
  t.ok(summary.peak_rss_bytes < 120 * 2 ** 20);
  const rows = records.filter(({ type }) => type === 'sample') as { timestamp: string; tid: number }[];
  const keys = new Set(rows.map(({ timestamp, tid }) => `${timestamp} ${tid}`));
  t.equal(keys.size, rows.length, 'no row twice');
  const samples = new Map<string, number>();
  for (const { timestamp } of rows) samples.set(timestamp, (samples.get(timestamp) ?? 0) + 1);
  t.equal(samples.size, summary.samples);
  t.strictSame([...new Set(samples.values())], [1500], 'every sample is whole');
});

t.test('-i and --duration end a run by themselves', { skip }, async (t) => {
  const byCount = parseNdjson((await runXcapture(t, ['-a', '-F', 20, '-i', 3, '--ndjson'])).stdout);
  t.match(byCount.at(-1), { type: 'summary', samples: 3 });
  const start = performance.now();
  const byTime = parseNdjson((await runXcapture(t, ['-a', '-F', 10, '--duration', '500ms', '--ndjson'])).stdout);
  const summary = byTime.at(-1) as { samples: number; missed: number };
  t.equal(summary.samples + summary.missed, 5);
  t.ok(performance.now() - start >= 500);
});

/** In these a process is looked at twice at least. */
const SAMPLES_A_STEP = 12;
/** Neither of libbpf nor of a sample. */
const isOurs = (line: string) => /^xcapture: (?!sample )/.test(line);

/** Calls each of `steps` when that many more samples have been taken. Returns what the run has left behind. */
async function watch(t: Test, pids: readonly number[], steps: readonly (() => unknown)[]) {
  const child = startXcapture(t, ['-a', '-p', pids.join(','), '-F', 50, '--ndjson', '-v']);
  const closed = once(child, 'close') as Promise<[number]>;
  const stdout = buffer(child.stdout!);
  const stderr: string[] = [];
  let samples = 0;
  for await (const line of createInterface({ input: child.stderr! })) {
    if (isOurs(line)) stderr.push(line);
    if (!line.startsWith('xcapture: sample ') || ++samples % SAMPLES_A_STEP !== 0) continue;
    await steps[samples / SAMPLES_A_STEP - 1]?.();
  }
  const records = parseNdjson(await stdout);
  const [status] = await closed;
  return { status, stderr, samples, summary: records.at(-1) };
}

t.test('a run ends with the last of its processes, and says so in one line', { skip }, async (t) => {
  const [first, second] = [await startWorkload(t, 'sleeper'), await startWorkload(t, 'sleeper')];
  const { status, stderr, samples, summary } = await watch(t, [first.pid, second.pid], [first.stop, second.stop]);
  t.equal(status, 0);
  t.strictSame(stderr, [`xcapture: processes ${first.pid} and ${second.pid} have ended`]);
  t.match(summary, { type: 'summary', lost: 0 });
  t.ok(samples >= 2 * SAMPLES_A_STEP, `${samples} samples`);
});

t.test('a process lives as long as one of its threads, and has ended as a zombie', { skip }, async (t) => {
  const { ready } = await startWorkload(t, 'states');
  const pid = ready['leaderless']!;
  await waitForState(pid, 'Z');
  const { status, stderr, samples } = await watch(t, [pid], [() => process.kill(pid, 'SIGKILL')]);
  t.equal(stateLetter(pid), 'Z', 'its parent does not ask for it');
  t.equal(status, 0);
  t.strictSame(stderr, [`xcapture: process ${pid} has ended`]);
  t.ok(samples >= SAMPLES_A_STEP, `${samples} samples`);
});

t.test('another process that gets the number of one that has ended is not waited for', { skip }, async (t) => {
  const out = join(folder(t), 'out');
  const script = `
    sleep 60 & pid=$!
    "$@" -p $pid >${out} & xcapture=$!
    until grep -q '"type":"sample"' ${out}; do sleep 0.05; done
    kill $pid; wait $pid
    echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
    sleep 60 & echo $pid $!
    wait $xcapture`;
  const wrapper = ['unshare', '--pid', '--kill-child', '--mount-proc', 'bash', '-c', script, 'bash'];
  const { status, stdout, stderr } = await runXcapture(t, ['-a', '--ndjson', '-F', 50], { wrapper });
  t.equal(status, 0);
  const [, pid, another] = /^(\d+) (\d+)\n$/.exec(stdout.toString()) ?? [];
  t.equal(another, pid, 'the number was given again');
  t.match(stderr, new RegExp(`^xcapture: process ${pid} has ended$`, 'm'));
});

t.test('every sink ends with the processes', { skip }, async (t) => {
  const directory = folder(t);
  for (const sink of [[], ['-o', directory]]) {
    const { pid, stop } = await startWorkload(t, 'sleeper');
    const child = startXcapture(t, ['-a', '-p', pid, '-F', 20, '-v', ...sink]);
    const lines = createInterface({ input: child.stderr! });
    lines.once('line', () => void stop());
    const stderr: string[] = [];
    lines.on('line', (line) => stderr.push(line));
    const [[status], stdout] = await Promise.all([once(child, 'close'), buffer(child.stdout!)]);
    t.equal(status, 0);
    t.strictSame(stderr.filter(isOurs), [`xcapture: process ${pid} has ended`]);
    t.equal(stdout.includes('SLEEP'), sink.length === 0);
  }
  t.ok(readdirSync(directory).some((name) => name.startsWith('xcapture_samples')));
});

t.test('a process of the list that is not there is a warning while another is', { skip }, async (t) => {
  // Higher than any that the kernel gives: PID_MAX_LIMIT of include/linux/threads.h.
  const [one, two] = [4_194_305, 4_194_306];
  const { pid } = await startWorkload(t, 'sleeper');
  const some = await runXcapture(t, ['-a', '--ndjson', '-i', 1, '-p', `${one},${pid},${two}`]);
  t.equal(some.status, 0);
  t.equal(some.stderr, `xcapture: there are no processes ${one} and ${two}; the others are sampled\n`);
  t.match(parseNdjson(some.stdout)[1], { type: 'sample', tid: pid });
  const none = await runXcapture(t, ['-i', 1, '-p', `${one},${two}`]);
  t.equal(none.status, 1);
  t.equal(none.stderr, `xcapture: there are no processes ${one} and ${two}; ps -e lists them\n`);
});
