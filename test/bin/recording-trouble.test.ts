/** Recorders whose disk is full, whose directory goes, and who are killed: nothing is lost in silence, nothing torn. */
import { once } from 'node:events';
import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import t, { type Test } from 'tap';
import type { LossRecord, StreamRecord, SummaryRecord } from '../../lib/index.js';
import { XCAPTURE_CSV } from '../support/paths.js';
import { until } from '../support/poll.js';
import { checkCsv, filesIn, folder, notesIn, runCsv } from '../support/recording.js';
import { bpfSkipReason } from '../support/rights.js';
import { coverReadOnly, mountTmpfs } from '../support/tmpfs.js';
import { startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();

const AGAIN = /^xcapture: recording sample records again; \d+ of them were lost$/;

interface Recorder {
  readonly child: ChildProcess;
  /** Lines on stderr so far. */
  readonly lines: string[];
  /** Rows of samples in the directory; none is there while it is 0. */
  rows: () => number;
  /** Stops it. The records of the meta files, all in order, and the exit status. */
  stop: () => Promise<{ status: number; records: StreamRecord[] }>;
}

function startRecorder(t: Test, directory: string): Recorder {
  const child = startXcapture(t, ['-a', '-F', 20, '-o', directory]);
  const lines: string[] = [];
  createInterface(child.stderr!).on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    rows: () => {
      const [text] = Object.entries(filesIn(directory)).flatMap(([name, one]) =>
        name.startsWith('samples') ? [one] : [],
      );
      return Math.max(0, (text ?? '').split('\n').length - 2);
    },
    stop: async () => {
      child.kill('SIGTERM');
      const [status] = (await once(child, 'close')) as [number];
      const meta = Object.entries(filesIn(directory)).flatMap(([name, one]) => (name.startsWith('meta') ? [one] : []));
      const records = meta.flatMap((one) => one.trimEnd().split('\n')).map((line) => JSON.parse(line) as StreamRecord);
      return { status, records };
    },
  };
}

/** One line tells of the trouble, one of its end; each loss is counted, and the summary has the sum. */
function checkAccount(
  t: Test,
  { lines }: Recorder,
  { status, records }: { status: number; records: StreamRecord[] },
  cause: RegExp,
): void {
  const losses = records.filter((one): one is LossRecord => one.type === 'loss');
  const summary = records.at(-1) as SummaryRecord;
  t.equal(lines.filter((line) => cause.test(line)).length, 1, lines.join('\n'));
  t.equal(lines.filter((line) => AGAIN.test(line)).length, 1);
  t.ok(losses.some(({ kind, cause: told }) => kind === 'sample' && cause.test(told)));
  t.equal(summary.type, 'summary');
  t.equal(
    losses.reduce((sum, { count }) => sum + count, 0),
    summary.lost,
  );
  t.ok(summary.lost > 0);
  t.equal(status, 3);
}

t.test('a full disk is told once, counted, and recording goes on when there is room', { skip }, async (t) => {
  const path = mountTmpfs(t, '64m');
  const directory = join(path, 'recording');
  const recorder = startRecorder(t, directory);
  await until('rows', () => recorder.rows() > 0);
  const filler = join(path, 'filler');
  t.throws(() => {
    for (;;) appendFileSync(filler, Buffer.alloc(4096));
  }, /ENOSPC/);
  await until('trouble', () => recorder.lines.length > 0);
  checkCsv(directory);
  rmSync(filler);
  // Not more rows: some may have found room in the last page.
  await until('its end', () => recorder.lines.some((line) => AGAIN.test(line)));
  const end = await recorder.stop();
  checkCsv(directory);
  checkAccount(t, recorder, end, /ENOSPC/);
});

t.test('a directory that becomes read-only, and writable again', { skip }, async (t) => {
  const directory = folder(t);
  const recorder = startRecorder(t, directory);
  await until('rows', () => recorder.rows() > 0);
  const uncover = coverReadOnly(t, directory);
  await until('trouble', () => recorder.lines.length > 0);
  uncover();
  await until('its end', () => recorder.lines.some((line) => AGAIN.test(line)));
  const end = await recorder.stop();
  checkCsv(directory);
  checkAccount(t, recorder, end, /EROFS/);
});

t.test('a permission that is revoked, and granted again', { skip }, async (t) => {
  const directory = folder(t);
  const recorder = startRecorder(t, directory);
  await until('rows', () => recorder.rows() > 0);
  chmodSync(directory, 0);
  await until('trouble', () => recorder.lines.length > 0);
  chmodSync(directory, 0o750);
  await until('its end', () => recorder.lines.some((line) => AGAIN.test(line)));
  const end = await recorder.stop();
  checkCsv(directory);
  checkAccount(t, recorder, end, /EACCES/);
});

t.test('a directory that is removed is made again', { skip }, async (t) => {
  const directory = join(folder(t), 'recording');
  const recorder = startRecorder(t, directory);
  await until('rows', () => recorder.rows() > 0);
  rmSync(directory, { recursive: true });
  await until('rows again', () => recorder.rows() > 0);
  const { status, records } = await recorder.stop();
  checkCsv(directory);
  t.equal(status, 0);
  t.equal(records.at(-1)!.type, 'summary');
  t.equal(statSync(directory).mode & 0o777, 0o750);
  t.ok(readdirSync(directory).includes('partitions'));
});

const samples = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const timestamp = new Date(Date.UTC(2026, 10, 23, 1, 0, 0, from + index)).toISOString().replace('Z', '000Z');
    const comm = `"a\n${'x'.repeat(index % 50)}`;
    return `${JSON.stringify({ type: 'sample', timestamp, tid: from + index, comm })}\n`;
  }).join('');
const env = { ...process.env, TZ: 'UTC' };
const SAMPLES = 'xcapture_samples_2026-11-23.01.csv';

t.test('a torn end is cut off at the next start, and is in the meta file', async (t) => {
  const directory = folder(t);
  const csv = (input: string) => startXcapture(t, ['-o', directory], { program: XCAPTURE_CSV, input, env });
  await once(csv(samples(0, 3)), 'close');
  const path = join(directory, SAMPLES);
  const whole = readFileSync(path, 'utf8');
  for (const torn of ['2026-11-23T01:00:00.0', `2026-11-23T01:00:00.000000,1,"a\n"",`, Buffer.from([0xff, 0])]) {
    // As a recorder leaves it that is killed in a write: this hour is open.
    writeFileSync(join(directory, '.xcapture.lock'), 'pid 1\n2026-11-23.01\n');
    appendFileSync(path, torn);
    await once(csv(samples(0, 0) + JSON.stringify({ type: 'header', start_time: '2026-11-23T01:00:01Z' })), 'close');
    t.equal(readFileSync(path, 'utf8'), whole);
    const note = notesIn(filesIn(directory)['meta_2026-11-23.01.ndjson']).at(-1)!;
    const tail = note['tail'] ?? Buffer.from(String(note['tail_base64']), 'base64');
    t.strictSame([note['event'], note['file'], tail], ['repaired', SAMPLES, torn]);
  }
});

t.test('kill -9 at fifty moments: every file is whole after the next start, and no row is there twice', async (t) => {
  const directory = folder(t);
  let from = 0;
  for (let round = 0; round < 50; round++) {
    const child = startXcapture(t, ['-o', directory], { program: XCAPTURE_CSV, env, isOpen: true });
    // It is killed in the middle of this, or waits for more.
    const count = 2000;
    child.stdin!.write(samples(from, count));
    const seen = () => statSync(join(directory, SAMPLES), { throwIfNoEntry: false })?.size ?? 0;
    const before = seen();
    await until('the first rows', () => seen() > before);
    if (round % 2 === 1) await new Promise((resolve) => void setImmediate(resolve));
    child.kill('SIGKILL');
    await once(child, 'close');
    from += count;
  }
  await runCsv(t, ['-o', directory], samples(from, 1));
  const rows = checkCsv(directory)[SAMPLES]!;
  t.ok(rows.length >= 50, `${rows.length} rows`);
  t.equal(new Set(rows.map((fields) => fields[2])).size, rows.length);
  for (const [time, , tid, ...rest] of rows) {
    t.equal(Date.parse(`${time!.slice(0, -3)}Z`), Date.UTC(2026, 10, 23, 1) + Number(tid));
    t.equal(rest.length, 31);
  }
});
