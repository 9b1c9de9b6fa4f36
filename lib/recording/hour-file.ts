/** One file of one hour: rows are put together, and appended with the others of their batch. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { ByteWriter } from '../format/byte-writer.js';
import type { Values, WriteContext } from '../csv/codecs.js';
import { parseCsv } from '../csv/parser.js';
import { CsvRows } from '../csv/rows.js';
import { headerOf, type CsvColumn } from '../schema/csv-files.js';
import { AppendError, AppendFile } from './append-file.js';

/** The file's header is neither ours nor the beginning of ours. */
export class OtherColumns extends Error {}

export interface HourFileOptions {
  readonly path: string;
  /** Absent for lines of NDJSON. */
  readonly columns?: readonly CsvColumn[];
  readonly onTorn: (path: string, tail: Buffer) => void;
  /** Told that the file goes on under its own, shorter header. */
  readonly onOldHeader: (path: string) => void;
}

export class HourFile {
  readonly path: string;
  readonly #options: HourFileOptions;
  readonly #bytes = new ByteWriter();
  #file: AppendFile | undefined;
  #rows: CsvRows | undefined;
  #waiting = 0;
  /** East of UTC, as the rows so far have it. Unit: s. */
  offsetS: number | undefined;

  constructor(options: HourFileOptions) {
    this.#options = options;
    this.path = options.path;
  }

  /** Without its directory. */
  get name(): string {
    return basename(this.path);
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Rows that have not been appended yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Rows of the file with those that wait. */
  get rows(): number {
    return (this.#file?.rows ?? 0) + this.#waiting;
  }

  /** Throws what the system fails with, or `OtherColumns`. */
  open(): void {
    if (this.#file) return;
    const { path, columns, onTorn, onOldHeader } = this.#options;
    if (!columns) {
      this.#file = new AppendFile(path, { onTorn });
      return;
    }
    const header = headerOf(columns);
    const file = new AppendFile(path, { header, onTorn });
    if (file.header !== header && !header.startsWith(`${file.header},`)) {
      file.close();
      throw new OtherColumns(`${path} has other columns`);
    }
    this.#file = file;
    this.#rows = new CsvRows(columns.slice(0, file.header.split(',').length));
    if (file.header !== header) onOldHeader(path);
  }

  /** Adds a row of CSV. Throws `BadValue`. The hour file must be open. */
  add(record: Values, context: WriteContext): void {
    this.#rows!.write(record, this.#bytes, context);
    this.#waiting++;
  }

  /** Adds a line that ends with a newline. */
  addLine(line: string): void {
    this.#bytes.text(line);
    this.#waiting++;
  }

  /** Appends what waits. Returns how many rows could not be written, and why. */
  flush(): { lost: number; cause: NodeJS.ErrnoException } | undefined {
    const count = this.#waiting;
    this.#waiting = 0;
    if (count === 0) return undefined;
    try {
      this.#file!.append(this.#bytes.written, count);
      return undefined;
    } catch (error) {
      if (!(error instanceof AppendError)) throw error;
      return { lost: count - error.written, cause: error.cause };
    } finally {
      this.#bytes.clear();
    }
  }

  /** Closes a file that is not the one of this name any more. */
  closeIfStale(): boolean {
    if (!this.#file?.isStale) return false;
    this.close();
    return true;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.offsetS = undefined;
  }

  /** Gives the descriptor away, to be synced and closed; `undefined` when there is none. */
  release(): number | undefined {
    const fd = this.#file?.release();
    this.#file = undefined;
    return fd;
  }
}

const CHUNK_BYTES = 1 << 20;

/** The first column of a file of CSV, without its header. A file that is not there has none. */
export function readFirstColumn(path: string): string[] {
  if (!existsSync(path)) return [];
  const fd = openSync(path, 'r');
  try {
    const keys: string[] = [];
    const parser = parseCsv(([key]) => keys.push(key!));
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let count; (count = readSync(fd, chunk, 0, chunk.length, null)) > 0;) parser.add(chunk.subarray(0, count));
    return keys.slice(1);
  } finally {
    closeSync(fd);
  }
}
