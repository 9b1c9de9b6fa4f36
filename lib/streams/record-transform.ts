/** What every Transform of records has in common. */
import { Transform } from 'node:stream';
import type { Batch, StreamRecord } from '../batch.js';

/** Replaces the records of each batch. What ends a sample passes, also when no row of it is left. */
export function recordTransform(change: (records: StreamRecord[]) => StreamRecord[]): Transform {
  return new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform(batch: Batch, _encoding, done) {
      const records = change(batch.records);
      const isEmpty = records.length === 0 && !batch.end;
      if (!isEmpty) this.push({ ...batch, records } satisfies Batch);
      done();
    },
  });
}
