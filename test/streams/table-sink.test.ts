import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import stringWidth from 'string-width';
import t from 'tap';
import { LAYOUTS } from '../../lib/schema/layouts.js';
import type { Batch, SampleEnd } from '../../lib/batch.js';
import { tableSink, type TableSinkOptions } from '../../lib/streams/table-sink.js';

const timestamp = '2026-11-23T01:07:28.350568Z';
const metrics = {
  weight_us: 1_000_000,
  tasks: 214,
  unreadable: 0,
  walk_us: 612,
  wait_us: 0,
  late_us: 0,
  taken: 1,
  late: 0,
  missed: 0,
};
const live: SampleEnd = { timestamp, metrics };
const row = (tid: number, more: object = {}) => ({ type: 'sample', timestamp, tid, comm: 'sh', ...more });
const loss = { type: 'loss', timestamp, kind: 'sample', count: 12, cause: 'the walk\x1b ended', since: timestamp };

/** Keeps what is written, one entry a write. */
function collector() {
  const writes: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString());
      done();
    },
  });
  return { destination, writes };
}

async function show(batches: readonly Batch[], options: Partial<TableSinkOptions> = {}) {
  const { destination, writes } = collector();
  const sink = tableSink({ columns: ['tid', 'comm'], destination, ...options });
  await pipeline(Readable.from(batches), sink);
  return { sink, destination, writes };
}

t.test('a sample is a header, its rows and one line about it, in one write', async (t) => {
  const { writes } = await show([{ records: [row(7), row(4242, { comm: 'node' })], end: live }]);
  t.strictSame(writes, [`    TID COMM\n      7 sh\n   4242 node\n${timestamp}  2 of 214 tasks shown, walk 0.6 ms\n`]);
});

t.test('a sample may come in several batches', async (t) => {
  const whole = await show([{ records: [row(1), row(2), row(3)], end: live }]);
  const parts = await show([
    { records: [row(1)] },
    { records: [] },
    { records: [row(2), row(3)] },
    { records: [], end: live },
  ]);
  t.strictSame(parts.writes, whole.writes);
});

t.test('an empty line stands between samples, and each repeats the header', async (t) => {
  const { writes } = await show([
    { records: [row(1)], end: live },
    { records: [row(2)], end: live },
  ]);
  t.equal(writes.length, 2);
  t.equal(writes[1], `\n${writes[0]!.replace('1 sh', '2 sh')}`);
});

t.test('a sample without rows is that one line only', async (t) => {
  const { writes } = await show([
    { records: [], end: live },
    { records: [], end: live },
    { records: [row(1)], end: live },
  ]);
  const line = `${timestamp}  0 of 214 tasks shown, walk 0.6 ms\n`;
  t.strictSame(writes.slice(0, 2), [line, line]);
  t.match(writes[2], /^\n +TID COMM\n/);
});

t.test('a replayed sample has no cost', async (t) => {
  const { writes } = await show([{ records: [row(1)], end: { timestamp } }]);
  t.equal(writes[0]!.split('\n').at(-2), `${timestamp}  1 task shown`);
});

t.test('losses are shown with their sample, and after the last one', async (t) => {
  const line = String.raw`LOST: 12 sample records: the walk\x1b ended`;
  const { writes } = await show([{ records: [row(1), loss], end: live }, { records: [loss] }]);
  t.match(writes[0], `1 sh\n${line}\n${timestamp}`);
  t.equal(writes[1], `${line}\n`);
});

t.test('rows whose sample never ends are shown at the end', async (t) => {
  const { writes } = await show([{ records: [row(1)] }]);
  t.strictSame(writes, [`    TID COMM\n      1 sh\n${timestamp}  1 task shown\n`]);
});

t.test('records of other types are not for the table', async (t) => {
  const { writes } = await show([
    { records: [{ type: 'header' }, { type: 'kstack', syms: 'x' }, { type: 'summary' }] },
  ]);
  t.strictSame(writes, []);
});

t.test('it knows how many rows and samples have come', async (t) => {
  const { sink } = await show([
    { records: [row(1), row(2)], end: live },
    { records: [], end: live },
  ]);
  t.equal(sink.rowCount, 2);
  t.equal(sink.sampleCount, 2);
  t.equal((await show([])).sink.rowCount, 0);
});

t.test('the width is asked for anew for each sample', async (t) => {
  const widths = [80, 120, undefined];
  const rows = [row(1, { timestamp, exe: `/opt/${'x'.repeat(300)}` })];
  const batches = widths.map(() => ({ records: rows, end: live }));
  const { writes } = await show(batches, { columns: LAYOUTS.normal, width: () => widths.shift() });
  const widest = writes.map((text) => Math.max(...text.split('\n').map((line) => stringWidth(line))));
  t.strictSame(widest.slice(0, 2), [80, 120]);
  t.ok(widest[2]! > 300);
});

t.test('a terminal that says 0 cells is one that does not know', async (t) => {
  const batches = [{ records: [row(1)], end: live }];
  t.strictSame((await show(batches, { width: 0 })).writes, (await show(batches)).writes);
});

t.test('no line is wider than the terminal, be it a row, a loss or the line about the sample', async (t) => {
  const exe = '/opt/日本語の👩🏽‍💻\x1b[31m/プログラム';
  const end = { timestamp, metrics: { ...metrics, missed: 12, late: 3, wait_us: 9000 } };
  for (let width = 20; width <= 200; width++) {
    for (const color of [false, true]) {
      const batch = { records: [row(1, { exe, state: 'RUN' }), loss], end };
      const { writes } = await show([batch], { columns: LAYOUTS.wide, width, color });
      for (const line of writes[0]!.split('\n')) {
        if (stringWidth(line) > width) t.fail(`${stringWidth(line)} of ${width}: ${JSON.stringify(line)}`);
      }
    }
  }
});

t.test('there is colour only where it was asked for', async (t) => {
  const batches = [{ records: [row(1, { state: 'DISK' }), loss], end: live }];
  const columns = LAYOUTS.narrow;
  t.notMatch((await show(batches, { columns })).writes[0], '\x1b');
  const { writes } = await show(batches, { columns, color: true });
  t.match(writes[0], `\x1b[31m${'DISK'.padEnd(7)}\x1b[0m`);
  t.match(writes[0], '\x1b[31mLOST: 12');
});

t.test('a slow destination holds the samples back', async (t) => {
  const waiting: (() => void)[] = [];
  const destination = new Writable({ write: (_chunk, _encoding, done) => void waiting.push(done) });
  const sink = tableSink({ columns: ['tid'], destination });
  let done = 0;
  const sent = [1, 2].map((tid) => sink.write({ records: [row(tid)], end: live }, () => done++));
  t.strictSame(sent, [false, false], 'the sink is full with its first batch');
  await new Promise(setImmediate);
  t.equal(waiting.length, 1, 'the second sample is not written');
  t.equal(done, 0);
  waiting.shift()!();
  await new Promise(setImmediate);
  t.equal(done, 1);
  t.equal(waiting.length, 1);
  waiting.shift()!();
  sink.end();
  await once(sink, 'finish');
  t.equal(done, 2);
});

t.test('the destination is left open and without listeners of ours', async (t) => {
  const { destination, writes } = await show([{ records: [row(1)], end: live }]);
  await new Promise(setImmediate);
  t.equal(destination.writableEnded, false);
  t.equal(destination.destroyed, false);
  t.equal(destination.listenerCount('error'), 0);
  await new Promise<unknown>((done) => destination.write('more', done));
  t.equal(writes.at(-1), 'more');
});

/** Writes samples until it fails; gives every error that the sink emits. */
async function errorsOf(destination: Writable): Promise<NodeJS.ErrnoException[]> {
  const errors: NodeJS.ErrnoException[] = [];
  const sink = tableSink({ columns: ['tid'], destination });
  sink.on('error', (error) => errors.push(error));
  const closed = new Promise<void>((done) => sink.once('close', done));
  const send = () => sink.write({ records: [row(1)], end: live }, (error) => error ?? setImmediate(send));
  send();
  await closed;
  // Time for an error of the destination that nobody listens to: it would end this process.
  if (!destination.closed) await new Promise<void>((done) => destination.once('close', done));
  await new Promise(setImmediate);
  t.equal(destination.listenerCount('error'), 0);
  return errors;
}

t.test('a full disk is an error of the sink, once', async (t) => {
  const errors = await errorsOf(createWriteStream('/dev/full'));
  t.strictSame(
    errors.map(({ code }) => code),
    ['ENOSPC'],
  );
});

t.test('a reader that went away is an error of the sink, once', async (t) => {
  const reader = spawn('sh', ['-c', 'exec <&-; echo gone; exec sleep 60'], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.teardown(() => reader.kill());
  await once(reader.stdout, 'data');
  const errors = await errorsOf(reader.stdin);
  t.strictSame(
    errors.map(({ code }) => code),
    ['EPIPE'],
  );
});

t.test('a destination that has been destroyed before is an error of the sink, once', async (t) => {
  const errors = await errorsOf(new PassThrough().destroy());
  t.strictSame(
    errors.map(({ code }) => code),
    ['ERR_STREAM_DESTROYED'],
  );
});

t.test('an error of the write is an error of the sink, once', async (t) => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const errors = await errorsOf(new Writable({ write: (_chunk, _encoding, done) => done(broken) }));
  t.strictSame(errors, [broken]);
});

t.test('an error of the destination between two writes is an error of the sink', async (t) => {
  const destination = new PassThrough();
  const sink = tableSink({ columns: ['tid'], destination });
  destination.destroy(new Error('gone'));
  await t.rejects(once(sink, 'close'), { message: 'gone' });
});

t.test('a sink that is stopped while a write is pending stays quiet when it ends', async (t) => {
  let finish = () => {};
  const destination = new Writable({ write: (_chunk, _encoding, done) => void (finish = done) });
  const sink = tableSink({ columns: ['tid'], destination });
  sink.write({ records: [row(1)], end: live });
  sink.destroy();
  await once(sink, 'close');
  finish();
  await new Promise(setImmediate);
  t.equal(destination.listenerCount('error'), 0);
});
