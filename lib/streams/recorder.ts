/** Records batches into a directory of CSV, and passes them on. */
import { Transform } from 'node:stream';
import { callbackify } from 'node:util';
import type { CsvRecording } from '../recording/csv-recording.js';
import type { Batch } from '../batch.js';

/**
 * A Transform of `Batch`: what it passes on has been written, and also tells what could not be. Closes the recording at
 * the end, also after an error elsewhere.
 * @param onBatch told of each batch before it is written
 */
export function recorder(recording: CsvRecording, onBatch: (batch: Batch) => void = () => {}): Transform {
  return new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform(batch: Batch, _encoding, done) {
      onBatch(batch);
      try {
        done(null, { ...batch, records: recording.write(batch.records) } satisfies Batch);
      } catch (error) {
        done(error as Error);
      }
    },
    destroy(error, done) {
      if (error) recording.isHurried = true;
      callbackify(() => recording.close())((closeError) => done(error ?? closeError));
    },
  });
}
