/** What the sinks that write text have in common. */
import { Writable } from 'node:stream';
import type { Batch } from '../batch.js';

/**
 * A Writable of `Batch` that writes what `format` makes of each, in one piece, and takes the next when the destination
 * has done with that, so that `format` may use its memory again. An error of the destination (EPIPE, ENOSPC, …) becomes
 * its own. It does not end the destination.
 */
export function textSink(destination: Writable, format: (batch: Batch) => string | Buffer): Writable {
  const onError = (error: Error) => {
    sink.destroy(error);
  };
  const sink: Writable = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(batch: Batch, _encoding, done) {
      const text = format(batch);
      if (text.length === 0) done();
      else destination.write(text, (error) => done(error ?? null));
    },
    destroy(error, done) {
      // After an error the destination may report it a second time; nobody else listens.
      if (!error) destination.off('error', onError);
      done(error);
    },
  });
  destination.on('error', onError);
  return sink;
}
