/** filter, idle and select-columns, alone and in a pipeline. */
import { Readable, Writable } from 'node:stream';
import t from 'tap';
import {
  countRecords,
  filter,
  idle,
  pipeline,
  selectColumns,
  XcaptureError,
  type Batch,
  type StreamRecord,
} from '../../lib/index.js';

const row = (tid: number, more: object = {}): StreamRecord => ({
  type: 'sample',
  tid,
  tgid: tid,
  state: 'RUN',
  ...more,
});
const end = { timestamp: 'now' };

async function through(batches: Batch[], ...stages: ReturnType<typeof idle>[]): Promise<Batch[]> {
  const out: Batch[] = [];
  const sink = new Writable({
    objectMode: true,
    write: (batch: Batch, _encoding, done) => {
      out.push(batch);
      done();
    },
  });
  await pipeline([Readable.from(batches), ...stages, sink]);
  return out;
}

t.test('filter keeps the rows of the processes for which all conditions hold', async (t) => {
  const batches = [{ records: [row(1), row(2, { comm: 'x' }), row(3, { comm: 'x' }), { type: 'header' }], end }];
  t.strictSame(await through(batches, filter({ pids: [1, 2], where: ['comm=x'] })), [
    { records: [row(2, { comm: 'x' }), { type: 'header' }], end },
  ]);
  t.throws(() => filter({ where: ['nonsense'] }), XcaptureError);
});

t.test('the end of a sample passes, also when none of its rows does', async (t) => {
  t.strictSame(await through([{ records: [row(1)], end }, { records: [row(1)] }], filter({ pids: [9] })), [
    { records: [], end },
  ]);
});

t.test('idle leaves idle rows out, and what it cannot judge stays', async (t) => {
  const active = [row(1), row(2, { state: undefined }), { type: 'loss' }];
  const rows = [...active, row(3, { state: 'SLEEP', exe: '/x' }), row(4, { state: 'ZOMBIE' })];
  t.strictSame(await through([{ records: rows }], idle()), [{ records: active }]);
});

t.test('selectColumns keeps type, the columns, and other records', async (t) => {
  const batches = [{ records: [row(1, { comm: 'x', later: 1 }), { type: 'later', comm: 'y' }] }];
  t.strictSame(await through(batches, selectColumns(['comm', 'exe'])), [
    {
      records: [
        { type: 'sample', comm: 'x' },
        { type: 'later', comm: 'y' },
      ],
    },
  ]);
});

t.test('a signal ends all streams of a pipeline', async (t) => {
  const controller = new AbortController();
  const source = new Readable({ objectMode: true, read() {} });
  const sink = new Writable({ objectMode: true });
  const running = pipeline(source, idle(), sink, { signal: controller.signal });
  controller.abort();
  await t.rejects(running, { name: 'AbortError' });
  t.ok(source.destroyed && sink.destroyed);
});

t.test('countRecords completes a live summary, and a recorded one keeps its own counts', async (t) => {
  const sample = { type: 'sample' } as StreamRecord;
  const summaries = [{ type: 'summary' }, { type: 'summary', records: { sample: 7 } }] as StreamRecord[];
  const records: StreamRecord[] = [];
  const batches: Batch[] = [{ records: [sample, sample] }, { records: summaries }];
  for await (const batch of Readable.from(batches).pipe(countRecords())) records.push(...(batch as Batch).records);
  t.match(records, [sample, sample, { records: { sample: 2, summary: 1 } }, { records: { sample: 7 } }]);
});
