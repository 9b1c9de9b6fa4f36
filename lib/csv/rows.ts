/** Rows of CSV: a record a line. */
import { SampleRow, type CachedPart } from '../decode/sample.gen.js';
import type { CsvColumn } from '../schema/csv-files.js';
import { ROOM_AFTER_TEXT, type ByteWriter } from '../format/byte-writer.js';
import { codecOf, type CsvCodec, type Values, type WriteContext } from './codecs.js';

const COMMA = ','.charCodeAt(0);
const NEWLINE = '\n'.charCodeAt(0);
/** What a thread that has not moved repeats in each sample lies between these two. */
const FIRST_CACHED = 'TID';
const AFTER_CACHED = 'OFF_US';

export class CsvRows {
  readonly #head: readonly CsvCodec[];
  readonly #cachedPart: readonly CsvCodec[];
  readonly #rest: readonly CsvCodec[];

  constructor(columns: readonly CsvColumn[]) {
    const indexOf = (wanted: string) => columns.findIndex(({ name }) => name === wanted);
    const end = indexOf(AFTER_CACHED);
    const start = end < 0 ? 0 : indexOf(FIRST_CACHED);
    const codecs = columns.map(codecOf);
    this.#head = codecs.slice(0, start);
    this.#cachedPart = codecs.slice(start, end < 0 ? undefined : end);
    this.#rest = end < 0 ? [] : codecs.slice(end);
  }

  /** Writes a row with its newline, or nothing. Throws `BadValue` when the record has a value that its column cannot hold. */
  write(record: Values, to: ByteWriter, context: WriteContext): void {
    const start = to.length;
    try {
      to.reserve(ROOM_AFTER_TEXT);
      write(this.#head, record, to, context);
      const cached = record instanceof SampleRow ? SampleRow.cachedPartOf(record) : undefined;
      if (cached === undefined) write(this.#cachedPart, record, to, context);
      else this.#repeat(cached, record, to, context);
      write(this.#rest, record, to, context);
      // In the place of the comma after the last field.
      to.truncate(to.length - 1);
      to.byte(NEWLINE);
    } catch (error) {
      to.truncate(start);
      throw error;
    }
  }

  #repeat(cached: CachedPart, record: Values, to: ByteWriter, context: WriteContext): void {
    if (cached.csv !== undefined && cached.csvHour === context.hour) {
      to.ascii(cached.csv);
      return;
    }
    cached.csv = to.copyOf(() => write(this.#cachedPart, record, to, context));
    cached.csvHour = context.hour;
  }
}

/** Each field with the comma after it. */
function write(codecs: readonly CsvCodec[], record: Values, to: ByteWriter, context: WriteContext): void {
  for (const codec of codecs) {
    codec.write(record, to, context);
    to.byte(COMMA);
  }
}
