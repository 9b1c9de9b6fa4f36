/**
 * A file that grows by whole rows. At every moment it ends at a row's end, but for the time of a write: what a full
 * disk or a killed process has cut is taken off again. Synchronous, because a write goes to the page cache, and what
 * comes next depends on how it ended.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { statusOf } from './status-of.js';
import { findRowEnd, RowCounter } from './row-end.js';

const MODE = 0o640;
/** A first line that is longer is no header. */
const MAX_HEADER_BYTES = 1 << 16;
/** Of a torn end that is told at once. */
const MAX_PIECE_BYTES = 1 << 16;

export interface AppendFileOptions {
  /** CSV: newlines in quotes are part of a value, and the first row is the header. Default: lines of NDJSON. */
  header?: string;
  /** Told what is cut off the end, in pieces of up to 64 KiB, before it is cut. The buffer is used again. */
  onTorn?: (path: string, tail: Buffer) => void;
}

/** A write that did not come to its end. */
export class AppendError extends Error {
  constructor(
    override readonly cause: NodeJS.ErrnoException,
    /** Whole rows that have been written all the same. */
    readonly written: number,
  ) {
    super(cause.message);
  }
}

export class AppendFile {
  readonly path: string;
  readonly #fd: number;
  readonly #hasQuotes: boolean;
  readonly #inode: number;
  #end: number;
  #rows = 0;
  #header: string;

  /**
   * Opens the file or makes it, and repairs it. A new file is empty until the first rows come, and then has its header.
   */
  constructor(path: string, { header, onTorn }: AppendFileOptions = {}) {
    this.path = path;
    this.#hasQuotes = header !== undefined;
    this.#header = header ?? '';
    // Not O_APPEND alone: what was cut has to be read.
    this.#fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, MODE);
    try {
      const { size, ino } = fstatSync(this.#fd);
      this.#inode = ino;
      this.#end = size;
      if (size === 0) fchmodSync(this.#fd, MODE);
      else this.#repair(size, onTorn);
      if (this.#hasQuotes && this.#end > 0) this.#header = this.#readHeader();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** That of the file, which need not be the one asked for. */
  get header(): string {
    return this.#header;
  }

  /** Whole rows without the header. */
  get rows(): number {
    return this.#rows;
  }

  /** Has somebody removed, replaced, cut or written the file? Then it is to be opened anew. */
  get isStale(): boolean {
    const now = statusOf(this.path);
    return now?.ino !== this.#inode || now.size !== this.#end;
  }

  /** Appends so many whole rows. Throws `AppendError`, and the file then ends with the last whole row that it took. */
  append(rows: Uint8Array, count: number): void {
    const start = this.#end === 0 && this.#hasQuotes ? Buffer.from(`${this.#header}\n`) : undefined;
    const bytes = start ? Buffer.concat([start, rows]) : rows;
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done);
      this.#end += bytes.length;
      this.#rows += count;
    } catch (error) {
      throw new AppendError(error as NodeJS.ErrnoException, this.#keepWhole(bytes.subarray(0, done), !!start));
    }
  }

  #keepWhole(written: Uint8Array, hasHeader: boolean): number {
    const counter = new RowCounter(this.#hasQuotes);
    counter.add(written);
    const { end, rows } = counter.result;
    // A header alone is no row, and a file without rows is no file of this format.
    const isKept = rows > (hasHeader ? 1 : 0);
    const keep = this.#end + (isKept ? end : 0);
    if (written.length > 0) ftruncateSync(this.#fd, keep);
    if (keep === 0) unlinkSync(this.path);
    this.#end = keep;
    const kept = isKept ? rows - (hasHeader ? 1 : 0) : 0;
    this.#rows += kept;
    return kept;
  }

  #repair(size: number, onTorn?: (path: string, tail: Buffer) => void): void {
    const { end, rows } = findRowEnd(this.#fd, this.#hasQuotes);
    this.#end = end;
    this.#rows = Math.max(0, this.#hasQuotes ? rows - 1 : rows);
    if (end === size) return;
    const piece = Buffer.alloc(MAX_PIECE_BYTES);
    for (let at = end, count; (count = readSync(this.#fd, piece, 0, piece.length, at)) > 0; at += count) {
      onTorn?.(this.path, piece.subarray(0, count));
    }
    ftruncateSync(this.#fd, end);
  }

  #readHeader(): string {
    const start = Buffer.alloc(Math.min(this.#end, MAX_HEADER_BYTES));
    readSync(this.#fd, start, 0, start.length, 0);
    return start.toString('utf8').split('\n', 1)[0]!;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The descriptor, which is the caller's from now on. */
  release(): number {
    return this.#fd;
  }
}
