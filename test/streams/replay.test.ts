/** Recordings to batches. Whole runs are in test/bin/replay. */
import { PassThrough, Readable } from 'node:stream';
import t from 'tap';
import { replay, type Batch, type ReplayOptions } from '../../lib/index.js';

const row = (timestamp: number, tid: number) => ({
  type: 'sample',
  timestamp: `2026-11-23T01:07:2${timestamp}.000000Z`,
  tid,
});
const text = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

async function batchesOf(input: Readable, options?: ReplayOptions): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of replay(input, options)) batches.push(batch as Batch);
  return batches;
}

t.test('a batch ends where a sample ends, and belongs to one sample', async (t) => {
  const records = [
    { type: 'header' },
    row(1, 1),
    row(1, 2),
    row(2, 1),
    { type: 'loss' },
    row(3, 1),
    { type: 'summary' },
  ];
  const batches = await batchesOf(Readable.from([text(...records)]));
  t.strictSame(
    batches.flatMap((batch) => batch.records),
    records,
  );
  t.strictSame(
    batches.flatMap(({ end }) => (end ? [end.timestamp] : [])),
    [1, 2, 3].map((second) => row(second, 0).timestamp),
  );
  for (const { records: own } of batches) {
    t.ok(new Set(own.flatMap((record) => ('timestamp' in record ? [record.timestamp] : []))).size <= 1);
  }
});

t.test('lines may come in pieces of any size', async (t) => {
  const bytes = Buffer.from(text({ type: 'header' }, { type: 'sample', comm: 'ü漢🦀' }));
  for (const size of [1, 2, 3, 7]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const [first, ...rest] = (await batchesOf(Readable.from(pieces))).flatMap(({ records }) => records);
    t.strictSame([first, ...rest], [{ type: 'header' }, { type: 'sample', comm: 'ü漢🦀' }]);
  }
});

t.test('what comes from a pipe slowly is not held back', async (t) => {
  const input = new PassThrough();
  const batches = replay(input)[Symbol.asyncIterator]();
  input.write(text({ type: 'header' }, row(1, 1)));
  const { value } = (await batches.next()) as { value: Batch };
  t.strictSame(value.records, [{ type: 'header' }, row(1, 1)]);
  input.end();
  t.match((await batches.next()).value, { end: { timestamp: row(1, 1).timestamp } });
});

t.test('a signal ends a replay that waits for more', async (t) => {
  const controller = new AbortController();
  const input = new PassThrough();
  input.write(text(row(1, 1)));
  const reading = batchesOf(input, { signal: controller.signal });
  setImmediate(() => controller.abort());
  t.ok((await reading).length <= 2);
});
