/** The files of one hour: one for each kind of record, what its lookup tables have, and the notes about it all. */
import { basename, join } from 'node:path';
import type { WriteContext, Values } from '../csv/codecs.js';
import { HourHash } from '../csv/hour-hash.js';
import type { LocalTime } from '../csv/local-time.js';
import type { RecorderRecord } from '../schema/types.gen.js';
import { CSV_FILES, type CsvColumn, type CsvFile } from '../schema/csv-files.js';
import { csvName, metaName } from './names.js';
import { readFirstColumn, HourFile } from './hour-file.js';

/** What the recorder itself has to say: a record of the meta file. */
export type Note = Omit<RecorderRecord, 'type' | 'timestamp'>;

export interface HourOptions {
  readonly directory: string;
  /** The time of the record that opens it. */
  readonly first: LocalTime;
  /** Columns of the file of samples. */
  readonly sampleColumns: readonly CsvColumn[];
  readonly onNote: (hour: Hour, note: Note) => void;
}

export class Hour {
  readonly name: string;
  readonly context: WriteContext;
  /** In the order in which they are to be written. */
  readonly files: ReadonlyMap<CsvFile, HourFile>;
  readonly meta: HourFile;
  readonly #options: HourOptions;
  readonly #known = new Map<CsvFile, Set<string>>();

  constructor(options: HourOptions) {
    const { directory, first, sampleColumns, onNote } = options;
    const { hour } = first;
    this.#options = options;
    this.name = hour;
    this.context = { own: first, hour: new HourHash(hour) };
    const onTorn = (path: string, tail: Buffer) => this.#noteTorn(path, tail);
    const onOldHeader = (path: string) => {
      onNote(this, { event: 'old_header', file: basename(path) });
    };
    this.files = new Map(
      CSV_FILES.map((file) => {
        const columns = file.record === 'sample' ? sampleColumns : file.columns;
        return [file, new HourFile({ path: join(directory, csvName(file.name, hour)), columns, onTorn, onOldHeader })];
      }),
    );
    this.meta = new HourFile({ path: join(directory, metaName(hour)), onTorn, onOldHeader });
  }

  get all(): HourFile[] {
    return [...this.files.values(), this.meta];
  }

  /** Keys that a lookup table of this hour has, as CSV has them. */
  knownOf(file: CsvFile): Set<string> {
    let known = this.#known.get(file);
    if (!known) {
      known = new Set(readFirstColumn(this.files.get(file)!.path));
      this.#known.set(file, known);
    }
    return known;
  }

  /** How CSV has the key of a lookup table. */
  keyInCsv(file: CsvFile, key: unknown): string {
    const text = String(key);
    return file.columns[0]?.form === 'stack_hash' ? this.context.hour.rekey(text) : text;
  }

  /** What comes next is about this moment. */
  set time(own: LocalTime) {
    if (own.offsetS !== this.context.own.offsetS) this.context.hour = new HourHash(this.name);
    this.context.own = own;
  }

  addMeta(record: Values): void {
    this.meta.addLine(`${JSON.stringify(record)}\n`);
  }

  /** Closes what is not there any more, so that it is made anew. */
  closeStale(): void {
    for (const [file, hourFile] of this.files) if (hourFile.closeIfStale()) this.#known.delete(file);
    this.meta.closeIfStale();
  }

  #noteTorn(path: string, tail: Buffer): void {
    const text = tail.toString('utf8');
    const isText = Buffer.from(text).equals(tail);
    this.#options.onNote(this, {
      event: 'repaired',
      file: basename(path),
      bytes: tail.length,
      ...(isText ? { tail: text } : { tail_base64: tail.toString('base64') }),
    });
  }
}
