/**
 * One recorder a directory, and which hours it had open: these may have a torn end when it was killed. The file stays;
 * the lock on it ends with the process.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { XcaptureError } from '../errors.js';
import { lockFile } from '../native.js';
import { statusOf } from './status-of.js';

const EAGAIN = 11;
const NAME = '.xcapture.lock';
const MODE = 0o640;

export class RecordingLock {
  readonly #path: string;
  readonly #fd: number;
  /** That were open when the last recorder ended without closing them. */
  readonly unclosed: readonly string[];

  /** Throws `XcaptureError` when another recorder has the directory. */
  constructor(directory: string) {
    const path = join(directory, NAME);
    this.#path = path;
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, MODE);
    const holder = lockFile(this.#fd);
    if (holder !== 0) {
      const said = /^pid (\d+)/.exec(readFileSync(this.#fd, 'utf8'))?.[1];
      closeSync(this.#fd);
      if (holder < 0 && holder !== -EAGAIN) {
        throw new XcaptureError('XCAP_NO_LOCK', `cannot lock ${path}: ${getSystemErrorName(holder)}`, {
          hint: 'the file system has to support locks (fcntl)',
          errno: -holder,
        });
      }
      throw new XcaptureError(
        'XCAP_LOCKED',
        `process ${holder > 0 ? holder : (said ?? 'of another namespace')} records into ${directory} already`,
        { hint: 'stop it, or record into another directory' },
      );
    }
    this.unclosed = readFileSync(this.#fd, 'utf8')
      .split('\n')
      .filter((line) => /^\d{4}-\d\d-\d\d\.\d\d$/.test(line));
    this.write(this.unclosed);
  }

  /** Notes which hours are open. */
  write(hours: readonly string[]): void {
    this.#replace([`pid ${process.pid}`, ...hours, ''].join('\n'));
  }

  /** Has somebody removed the file, and perhaps the directory with it? */
  get isStale(): boolean {
    return statusOf(this.#path)?.ino !== fstatSync(this.#fd).ino;
  }

  /** Gives the directory free. All hours are closed. */
  release(): void {
    this.#replace('');
    closeSync(this.#fd);
  }

  #replace(text: string): void {
    try {
      writeSync(this.#fd, text, 0);
      ftruncateSync(this.#fd, Buffer.byteLength(text));
    } catch (error) {
      // A full or read-only disk, which the rows tell of. The next recorder looks at the newest hour in any case.
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    }
  }
}
