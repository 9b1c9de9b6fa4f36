/** Records as lines. */
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import t from 'tap';
import { ndjsonSink, type Batch, type StreamRecord } from '../../lib/index.js';

async function written(...batches: Batch[]): Promise<string> {
  const destination = new PassThrough();
  const sink = ndjsonSink(destination);
  for (const batch of batches) sink.write(batch);
  sink.end();
  await once(sink, 'finish');
  t.notOk(destination.writableEnded, 'the destination stays open');
  return String(destination.read() ?? '');
}

t.test('every record is a line, and a missing value an absent key', async (t) => {
  const records = [
    { type: 'header', x: 'a\nb' },
    { type: 'sample', tid: 1, comm: undefined },
  ] as StreamRecord[];
  t.equal(await written({ records }), '{"type":"header","x":"a\\nb"}\n{"type":"sample","tid":1}\n');
});

t.test('controls that JSON leaves alone are escaped', async (t) => {
  t.equal(
    await written({ records: [{ type: 'later', x: '\u007f\u009b' }] }),
    '{"type":"later","x":"\\u007f\\u009b"}\n',
  );
});

t.test('the next batch waits until the destination has done with this one', async (t) => {
  const pending: (() => void)[] = [];
  const destination = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void pending.push(done) });
  const sink = ndjsonSink(destination);
  t.notOk(sink.write({ records: [{ type: 'a' }] }), 'full with the first batch');
  const drained = once(sink, 'drain');
  t.equal(pending.length, 1);
  pending[0]!();
  await drained;
});

t.test('an error of the destination is one of the sink, once', async (t) => {
  const destination = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const sink = ndjsonSink(destination);
  sink.write({ records: [{ type: 'a' }] });
  t.match(await once(sink, 'error'), [{ message: 'EPIPE' }]);
});
