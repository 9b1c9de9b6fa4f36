/** Documents on standard output. */
import { requireStandardOutput } from './standard-output.js';

/** So much text is written at a time. Unit: UTF-16 units. */
const CHUNK = 1 << 16;

/** Small pieces of text together. */
function* chunksOf(pieces: Iterable<string | Uint8Array>): Generator<string | Uint8Array> {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    if (typeof piece === 'string' && text.length < CHUNK) continue;
    if (text !== '') yield text;
    text = '';
    if (typeof piece !== 'string') yield piece;
  }
  if (text !== '') yield text;
}

/** Prints all, and is done when the reader has it or has gone away. */
export async function print(pieces: string | Iterable<string | Uint8Array>): Promise<void> {
  requireStandardOutput();
  for (const chunk of chunksOf(typeof pieces === 'string' ? [pieces] : pieces)) if (!(await write(chunk))) return;
}

/** False when the reader has gone away. */
function write(chunk: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => {
      // An error is told a second time, as an event.
      if (!error) process.stdout.off('error', done);
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve(!error);
    };
    process.stdout.once('error', done);
    process.stdout.write(chunk, done);
  });
}
