/** The directory of a recording: made, locked, in the right group, and remade when somebody removes it. */
import { chmodSync, close, existsSync, fsync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { XcaptureError } from '../errors.js';
import type { CsvColumn } from '../schema/csv-files.js';
import type { Hour } from './hour.js';
import { refuseOtherColumns } from './other-columns.js';
import { copyPartitions } from './partitions.js';
import { RecordingLock } from './lock.js';
import { listRecording } from './names.js';

const MODE = 0o750;

/** Of a directory, or of the nearest one above it that is there. */
function nearestStat(path: string): ReturnType<typeof statSync> {
  return statSync(path, { throwIfNoEntry: false }) ?? nearestStat(dirname(path));
}

/** With those above it, like mkdir -p. Node's own recursion does not end where nothing can be made (/proc). */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  if (!existsSync(dirname(path))) makeParents(dirname(path));
  mkdirSync(path);
  // Whatever the umask is.
  chmodSync(path, MODE);
}

function makeParents(path: string): void {
  if (!existsSync(dirname(path))) makeParents(dirname(path));
  mkdirSync(path);
}

export class RecordingDirectory {
  readonly path: string;
  /** It belongs to another user, whose permissions a recorder has to override. */
  readonly isForeign: boolean;
  #lock: RecordingLock;
  #closing: Promise<void>[] = [];

  private constructor(path: string) {
    this.path = path;
    const { gid, uid } = nearestStat(path)!;
    this.isForeign = uid !== process.geteuid!();
    // What is made from here on gets the group of the directory; for root alone, who has rights that go after set-up.
    if (process.geteuid!() === 0 && process.getegid!() !== gid) process.setegid!(Number(gid));
    this.#lock = this.#prepare();
  }

  /** Throws `XcaptureError`, and what the system fails with. */
  static async open(
    path: string,
    columnsOf: (name: string) => readonly CsvColumn[] | undefined,
  ): Promise<RecordingDirectory> {
    const whole = resolve(path);
    if (existsSync(whole) && !statSync(whole).isDirectory()) {
      throw new XcaptureError('XCAP_NO_DIRECTORY', `${path} is no directory`, { hint: 'name one, or one to be made' });
    }
    const directory = new RecordingDirectory(whole);
    try {
      await refuseOtherColumns(whole, listRecording(whole), columnsOf);
    } catch (error) {
      directory.#lock.release();
      throw error;
    }
    return directory;
  }

  /** Makes the directory again when somebody has removed it. Throws what the system fails with, and `XcaptureError`. */
  restore(): void {
    if (!this.#lock.isStale) return;
    const lock = this.#prepare();
    this.#lock.release();
    this.#lock = lock;
  }

  #prepare(): RecordingLock {
    makeDirectory(this.path);
    const lock = new RecordingLock(this.path);
    copyPartitions(this.path);
    return lock;
  }

  /** Hours whose files may have a torn end: those that the last recorder had open, and the newest in any case. */
  hoursToRepair(): Set<string> {
    const newest = listRecording(this.path).at(-1)?.hour;
    return new Set([...this.#lock.unclosed, ...(newest === undefined ? [] : [newest])]);
  }

  /** So that the next recorder knows where to look for a torn end. */
  noteOpen(hours: readonly string[]): void {
    this.#lock.write(hours);
  }

  /** Closes the files of an hour when they are on the disk. */
  close(hour: Hour): void {
    for (const hourFile of hour.all) {
      const fd = hourFile.release();
      if (fd === undefined) continue;
      this.#closing.push(
        new Promise((done, fail) => {
          fsync(fd, (error) => close(fd, (other) => ((error ?? other) ? fail(error ?? other!) : done())));
        }),
      );
    }
  }

  /** Resolves when all is on the disk. */
  async release(): Promise<void> {
    await Promise.all(this.#closing);
    this.#lock.release();
  }
}
