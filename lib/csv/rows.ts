/** Rows of CSV: a record a line. */
import { SampleRow, type RowTail } from '../decode/sample.gen.js';
import type { CsvColumn } from '../schema/csv-files.js';
import { ROOM_AFTER_TEXT, type ByteWriter } from '../format/byte-writer.js';
import { codecOf, type CsvCodec, type Values, type WriteContext } from './codecs.js';

const COMMA = ','.charCodeAt(0);
const NEWLINE = '\n'.charCodeAt(0);
/** What a thread that has not moved repeats in each sample lies between these two. */
const FIRST_OF_TAIL = 'TID';
const AFTER_TAIL = 'OFF_US';

export class CsvRows {
  readonly #head: readonly CsvCodec[];
  readonly #tail: readonly CsvCodec[];
  readonly #rest: readonly CsvCodec[];

  constructor(columns: readonly CsvColumn[]) {
    const indexOf = (wanted: string) => columns.findIndex(({ name }) => name === wanted);
    const end = indexOf(AFTER_TAIL);
    const start = end < 0 ? 0 : indexOf(FIRST_OF_TAIL);
    const codecs = columns.map(codecOf);
    this.#head = codecs.slice(0, start);
    this.#tail = codecs.slice(start, end < 0 ? undefined : end);
    this.#rest = end < 0 ? [] : codecs.slice(end);
  }

  /** Writes a row with its newline, or nothing. Throws `BadValue` when the record has a value that its column cannot hold. */
  write(record: Values, to: ByteWriter, context: WriteContext): void {
    const start = to.length;
    try {
      to.reserve(ROOM_AFTER_TEXT);
      write(this.#head, record, to, context);
      const tail = record instanceof SampleRow ? SampleRow.tailOf(record) : undefined;
      if (tail === undefined) write(this.#tail, record, to, context);
      else this.#repeat(tail, record, to, context);
      write(this.#rest, record, to, context);
      // In the place of the comma after the last field.
      to.truncate(to.length - 1);
      to.byte(NEWLINE);
    } catch (error) {
      to.truncate(start);
      throw error;
    }
  }

  #repeat(tail: RowTail, record: Values, to: ByteWriter, context: WriteContext): void {
    if (tail.csv !== undefined && tail.csvHour === context.hour) {
      to.ascii(tail.csv);
      return;
    }
    tail.csv = to.copyOf(() => write(this.#tail, record, to, context));
    tail.csvHour = context.hour;
  }
}

/** Each field with the comma after it. */
function write(codecs: readonly CsvCodec[], record: Values, to: ByteWriter, context: WriteContext): void {
  for (const codec of codecs) {
    codec.write(record, to, context);
    to.byte(COMMA);
  }
}
