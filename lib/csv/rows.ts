/** Rows of CSV: a record a line. */
import { SampleRow } from '../decode/sample.gen.js';
import { COLUMN_BY_NAME } from '../schema/columns.js';
import { keyOf, type CsvColumn } from '../schema/csv-files.js';
import { ROOM_AFTER_TEXT, type ByteWriter } from '../format/byte-writer.js';
import { codecOf, type CsvCodec, type Values, type WriteContext } from './codecs.js';

const COMMA = ','.charCodeAt(0);
const NEWLINE = '\n'.charCodeAt(0);

/** Neighbouring columns that all differ in each sample of a thread that has not moved, or none of which does. */
interface Run {
  readonly isCached: boolean;
  readonly codecs: CsvCodec[];
}

function runsOf(columns: readonly CsvColumn[]): Run[] {
  const runs: Run[] = [];
  for (const column of columns) {
    const isCached = COLUMN_BY_NAME.get(keyOf(column))?.changes !== 'sample';
    if (runs.at(-1)?.isCached !== isCached) runs.push({ isCached, codecs: [] });
    runs.at(-1)!.codecs.push(codecOf(column));
  }
  return runs;
}

export class CsvRows {
  readonly #runs: readonly Run[];

  constructor(columns: readonly CsvColumn[]) {
    this.#runs = runsOf(columns);
  }

  /**
   * Writes a row with its newline, or nothing. Throws `BadValue` when the record has a value that its column cannot
   * hold.
   */
  write(record: Values, to: ByteWriter, context: WriteContext): void {
    const start = to.length;
    try {
      to.reserve(ROOM_AFTER_TEXT);
      this.#writeFields(record, to, context);
      // In the place of the comma after the last field.
      to.truncate(to.length - 1);
      to.byte(NEWLINE);
    } catch (error) {
      to.truncate(start);
      throw error;
    }
  }

  #writeFields(record: Values, to: ByteWriter, context: WriteContext): void {
    const cached = record instanceof SampleRow ? SampleRow.cachedPartOf(record) : undefined;
    if (cached === undefined) {
      for (const { codecs } of this.#runs) write(codecs, record, to, context);
      return;
    }
    const { csv } = cached;
    if (csv?.rows === this && csv.hour === context.hour) {
      for (let at = 0; at < this.#runs.length; at++) {
        const text = csv.texts[at];
        if (text === undefined) write(this.#runs[at]!.codecs, record, to, context);
        else to.ascii(text);
      }
      return;
    }
    const texts = this.#runs.map(({ isCached, codecs }) => {
      const text = to.copyOf(() => write(codecs, record, to, context));
      return isCached ? text : undefined;
    });
    cached.csv = { rows: this, hour: context.hour, texts };
  }
}

/** Each field with the comma after it. */
function write(codecs: readonly CsvCodec[], record: Values, to: ByteWriter, context: WriteContext): void {
  for (const codec of codecs) {
    codec.write(record, to, context);
    to.byte(COMMA);
  }
}
