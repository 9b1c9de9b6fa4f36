/** However a run ends, what was sampled is whole. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { XCAPTURE } from '../support/paths.js';
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
