/** The bytes of several files as one stream. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

const CHUNK_BYTES = 1 << 18;
const NEWLINE = '\n'.charCodeAt(0);

async function* chunks(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    let last = NEWLINE;
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      const bytes = chunk as Buffer;
      last = bytes.at(-1)!;
      yield bytes;
    }
    if (last !== NEWLINE) yield Buffer.from('\n');
  }
}

/** A Readable of bytes. A line that one of the files leaves open is not joined with the next one's first. */
export const contents = (files: readonly string[]): Readable => Readable.from(chunks(files), { objectMode: false });
