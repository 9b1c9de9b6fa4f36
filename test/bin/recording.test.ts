/** `-o DIR` and `xcapture-csv`: real runs. See also recording-trouble, and recording-clock for hours and zones. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { XCAPTURE, XCAPTURE_CSV } from '../support/paths.js';
import { until } from '../support/poll.js';
import { checkCsv, filesIn, folder, notesIn, runCsv } from '../support/recording.js';
import { bpfSkipReason } from '../support/rights.js';
import { runXcapture, startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const run = promisify(execFile);
const OTHER_GID = 60;

/** All files by their names, with what they hold. */
const contents = (directory: string) =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

/** The name of the file of samples that there is. */
const samplesIn = (directory: string) => readdirSync(directory).find((name) => name.startsWith('xcapture_samples'));

t.test('-o DIR and xcapture-csv make the same files of the same records', { skip }, async (t) => {
  for (const more of ['', '-G host,cmdline,uid']) {
    const [one, two] = [join(folder(t), 'x'), join(folder(t), 'x')];
    const first = `"${process.execPath}" "${XCAPTURE}" -a -F 20 -i 10 -C -o ${one} --ndjson ${more}`;
    const second = `"${process.execPath}" "${XCAPTURE_CSV}" -o ${two} ${more}`;
    await run('bash', ['-c', `unset NODE_OPTIONS; set -o pipefail; ${first} | ${second}`]);
    t.strictSame(contents(one), contents(two));
    const files = checkCsv(one);
    const samples = Object.entries(files).find(([name]) => name.startsWith('xcapture_samples'))![1];
    t.ok(samples.length > 100);
    t.equal(samples[0]!.length, more === '' ? 34 : 37);
    t.ok(Object.keys(files).some((name) => name.startsWith('xcapture_cgroups')));
    t.equal(readFileSync(join(one, 'partitions'), 'utf8'), readFileSync('/proc/partitions', 'utf8'));
  }
});

t.test('files are for the group of the directory, whatever the umask is', { skip }, async (t) => {
  const parent = folder(t);
  chownSync(parent, 0, OTHER_GID);
  const there = join(parent, 'there');
  mkdirSync(there, 0o755);
  chownSync(there, 1, OTHER_GID + 1);
  const wrapper = ['sh', '-c', 'umask 077 && exec "$@"', 'sh'];
  for (const [directory, gid, mode] of [
    [join(parent, 'made'), OTHER_GID, 0o750],
    [there, OTHER_GID + 1, 0o755],
  ] as const) {
    const { status, stdout, stderr } = await runXcapture(t, ['-a', '-i', 1, '-o', directory], { wrapper });
    t.strictSame([status, stdout.length, stderr], [0, 0, ''], 'and nothing is on stdout');
    t.equal(statSync(directory).mode & 0o7777, mode);
    t.equal(statSync(directory).gid, gid);
    for (const name of readdirSync(directory).filter((one) => one.startsWith('xcapture_'))) {
      const { mode: own, gid: group } = statSync(join(directory, name));
      t.strictSame([own & 0o777, group], [0o640, gid], name);
    }
  }
});

t.test('SIGTERM ends a recorder in good order, and quickly', { skip }, async (t) => {
  const directory = folder(t);
  const child = startXcapture(t, ['-a', '-F', 20, '-o', directory]);
  await until('rows', () => samplesIn(directory));
  const start = performance.now();
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'close'), [0, null]);
  t.ok(performance.now() - start < 1000);
  checkCsv(directory);
  const [meta] = Object.entries(filesIn(directory))
    .find(([name]) => name.startsWith('meta'))!
    .slice(1);
  t.match(JSON.parse(meta!.trimEnd().split('\n').at(-1)!), { type: 'summary', lost: 0 });
});

t.test('a second recorder is refused with the pid of the first, which goes on', { skip }, async (t) => {
  const directory = folder(t);
  const first = startXcapture(t, ['-a', '-F', 20, '-o', directory]);
  await until('rows', () => samplesIn(directory));
  const path = join(directory, samplesIn(directory)!);
  for (const program of [XCAPTURE, XCAPTURE_CSV]) {
    const { status, stderr } = await runXcapture(t, ['-o', directory], { program });
    t.equal(status, 1);
    t.match(
      stderr,
      new RegExp(`^xcapture(-csv)?: process ${first.pid} records into ${directory} already; [^\\n]+\\n$`),
    );
  }
  const { size } = statSync(path);
  await until('more rows', () => statSync(path).size > size);
  first.kill('SIGTERM');
  t.strictSame(await once(first, 'close'), [0, null]);
  checkCsv(directory);
});

t.test('recorders one after the other go on in the same file', { skip }, async (t) => {
  const directory = folder(t);
  for (const count of [1, 2]) {
    t.equal((await runXcapture(t, ['-a', '-F', 20, '-i', 2, '-o', directory])).status, 0);
    const times = new Set(
      Object.entries(checkCsv(directory))
        .find(([name]) => /samples/.test(name))![1]
        .map(([time]) => time),
    );
    t.equal(times.size, 2 * count);
  }
});

const SAMPLE = (more: object = {}) =>
  `${JSON.stringify({ type: 'sample', timestamp: '2026-11-23T01:07:28.000000Z', tid: 1, host: 'h', ...more })}\n`;

t.test('a directory recorded with other columns is refused with the remedy', async (t) => {
  const directory = folder(t);
  t.equal((await runCsv(t, ['-o', directory, '-G', 'host'], SAMPLE())).status, 0);
  const before = contents(directory);
  const { status, stderr } = await runCsv(t, ['-o', directory], SAMPLE());
  t.equal(status, 1);
  t.match(
    stderr,
    /^xcapture-csv: \S+\.csv has other columns than this recording; record with -G host, or into another directory\n$/,
  );
  t.match((await runCsv(t, ['-o', directory, '-G', 'cpu'], SAMPLE())).stderr, /; record into another directory\n$/);
  t.strictSame(contents(directory), before);
  t.equal((await runCsv(t, ['-o', directory, '-G', 'Host'], SAMPLE())).status, 0);
});

t.test('a file of an older version goes on under its own header until the hour ends', async (t) => {
  const directory = folder(t);
  const path = join(directory, 'xcapture_samples_2026-11-23.01.csv');
  const env = { ...process.env, TZ: 'UTC' };
  writeFileSync(path, 'TIMESTAMP,WEIGHT_US,TID\n2026-11-23T01:00:00.000000,5,7\n');
  const input = SAMPLE({ weight_us: 9 }) + SAMPLE({ timestamp: '2026-11-23T02:00:00.000000Z' });
  t.equal((await runXcapture(t, ['-o', directory], { program: XCAPTURE_CSV, input, env })).status, 0);
  t.equal(
    readFileSync(path, 'utf8'),
    'TIMESTAMP,WEIGHT_US,TID\n2026-11-23T01:00:00.000000,5,7\n2026-11-23T01:07:28.000000,9,1\n',
  );
  const files = filesIn(directory);
  t.match(notesIn(files['meta_2026-11-23.01.ndjson']), [
    { event: 'old_header', file: 'xcapture_samples_2026-11-23.01.csv' },
    {},
  ]);
  t.match(files['samples_2026-11-23.02.csv'], /^TIMESTAMP,.*,OFF_US\n/);
});

t.test('a recording may be recorded again, but not into itself', async (t) => {
  const [one, two] = [folder(t), folder(t)];
  await runCsv(t, ['-o', one], SAMPLE({ comm: 'a\n"b' }) + SAMPLE());
  const { status } = await runXcapture(t, ['--replay', one, '-a', '-o', two]);
  t.equal(status, 0);
  t.strictSame(checkCsv(two), checkCsv(one));
  t.match(await runXcapture(t, ['--replay', one, '-o', `${one}/.`]), {
    status: 2,
    stderr: /cannot be replayed into itself/,
  });
});
