/**
 * Which entry of a lookup table (stack, control group) each hour is told, and when: once, before the first row that
 * names it.
 */
import { ByteWriter } from '../format/byte-writer.js';
import { BadValue, type Values } from '../csv/codecs.js';
import { CsvRows } from '../csv/rows.js';
import { HourHash } from '../csv/hour-hash.js';
import type { LocalTime } from '../csv/local-time.js';
import { CSV_FILES, keyOf, valueOf, type CsvFile } from '../schema/csv-files.js';
import { LookupTable } from './lookup-table.js';
import type { Hour } from './hour.js';

const LOOKUP_TABLES = CSV_FILES.filter(({ namedBy }) => namedBy !== undefined);
const NO_HOUR = new HourHash('');

/** What is written of a record: the frames of thousands of stacks would take hundreds of megabytes. */
function slim({ columns }: CsvFile, record: Values): Values {
  const frames = record['frames'] as readonly { addr: string }[] | undefined;
  const addresses = columns.find(({ form }) => form === 'addresses');
  const text = frames && addresses && { [addresses.name.toLowerCase()]: frames.map(({ addr }) => addr).join(';') };
  return {
    ...Object.fromEntries(columns.filter((one) => one !== addresses).map((one) => [keyOf(one), valueOf(record, one)])),
    ...(addresses && (text ?? { [addresses.name.toLowerCase()]: record[addresses.name.toLowerCase()] })),
  };
}

interface Entry {
  readonly file: CsvFile;
  readonly key: unknown;
}

export class LookupTables {
  readonly #add: (hour: Hour, file: CsvFile, record: Values) => boolean;
  readonly #known = new Map(LOOKUP_TABLES.map((file) => [file, new LookupTable()]));
  readonly #scratch = new ByteWriter();
  /** That the next record's hour is to have. */
  #pending: Entry[] = [];
  /** That wait in an hour file. */
  #told: (Entry & { hour: Hour })[] = [];

  /** @param add adds a row to its hour file; false when that is not possible now */
  constructor(add: (hour: Hour, file: CsvFile, record: Values) => boolean) {
    this.#add = add;
  }

  /** Of which files entries are waiting for an hour. */
  get pending(): CsvFile[] {
    return this.#pending.map(({ file }) => file);
  }

  /**
   * A record of a lookup table has come. Throws `BadValue`, with the record that is wrong, and not when it is needed.
   */
  learn(file: CsvFile, record: Values, now: LocalTime): void {
    const [first] = file.columns;
    const key = valueOf(record, first!);
    new CsvRows(file.columns).write(record, this.#scratch, { own: now, hour: NO_HOUR });
    this.#scratch.clear();
    if (key === undefined) throw new BadValue(keyOf(first!), key, 'there');
    this.#known.get(file)!.set(key, slim(file, record));
    this.#pending.push({ file, key });
  }

  /** Tells this hour what has come since the last record. */
  tellPending(hour: Hour): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const { file, key } of pending) this.#tell(hour, file, key);
  }

  /** Tells this hour what the row names. */
  tellReferences(hour: Hour, row: Values): void {
    for (const [file, table] of this.#known) {
      if (table.isEmpty) continue;
      const key = row[file.namedBy!];
      if (key !== undefined) this.#tell(hour, file, key);
    }
  }

  /** All that waited in hour files has been written, or told again. */
  flushed(): void {
    this.#told = [];
  }

  /** The last entries of a lookup table were not written: the next record's hour is to have them. */
  tellAgain(hour: Hour, file: CsvFile, count: number): void {
    const told = this.#told.filter((one) => one.hour === hour && one.file === file).slice(-count);
    for (const { key } of told) hour.knownOf(file).delete(hour.keyInCsv(file, key));
    this.#pending.push(...told);
  }

  /** Once an hour. */
  #tell(hour: Hour, file: CsvFile, key: unknown): void {
    const known = hour.knownOf(file);
    const inCsv = hour.keyInCsv(file, key);
    if (known.has(inCsv)) return;
    const table = this.#known.get(file)!;
    const entry = table.get(key);
    if (!entry) return;
    table.set(key, entry);
    if (this.#add(hour, file, entry)) {
      known.add(inCsv);
      this.#told.push({ hour, file, key });
    } else this.#pending.push({ file, key });
  }
}
