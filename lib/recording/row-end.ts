/** Where the last whole row of a file ends. */
import { readSync } from 'node:fs';

const QUOTE = 34;
const NEWLINE = 10;
const CHUNK_BYTES = 1 << 20;

export interface RowEnd {
  /** Behind the newline of the last whole row. Unit: bytes. */
  readonly end: number;
  /** Whole rows, the header included. */
  readonly rows: number;
}

/** Of the bytes from `position` on. CSV: a newline between quotes belongs to a value. */
export class RowCounter {
  readonly #hasQuotes: boolean;
  #isQuoted = false;
  #position = 0;
  #end = 0;
  #rows = 0;

  constructor(hasQuotes: boolean) {
    this.#hasQuotes = hasQuotes;
  }

  add(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === NEWLINE) {
        if (this.#isQuoted) continue;
        this.#end = this.#position + i + 1;
        this.#rows++;
      } else if (byte === QUOTE && this.#hasQuotes) this.#isQuoted = !this.#isQuoted;
    }
    this.#position += bytes.length;
  }

  get result(): RowEnd {
    return { end: this.#end, rows: this.#rows };
  }
}

/** Reads the whole file. */
export function findRowEnd(fd: number, hasQuotes: boolean): RowEnd {
  const counter = new RowCounter(hasQuotes);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ;) {
    const count = readSync(fd, chunk, 0, chunk.length, position);
    if (count === 0) return counter.result;
    counter.add(chunk.subarray(0, count));
    position += count;
  }
}
