/** The end of a pipeline whose records have gone elsewhere already. */
import { Writable } from 'node:stream';

/** A Writable of `Batch`. */
export const nullSink = (): Writable =>
  new Writable({ objectMode: true, highWaterMark: 1, write: (_batch, _encoding, done) => done() });
