/**
 * A directory of recorded CSV: takes records, and puts each into the file of its kind and hour. What it cannot write it
 * counts; what it has to say goes to the meta file of the hour. All of it runs on the caller's thread.
 */
import { existsSync } from 'node:fs';
import { XcaptureError } from '../errors.js';
import { BadValue, type Values } from '../csv/codecs.js';
import { LocalClock, type LocalTime, type UtcOffset } from '../csv/local-time.js';
import { formatNow } from '../format/time.js';
import { utcOffset } from '../native.js';
import type { ColumnName } from '../schema/columns.js';
import { sampleColumns } from '../csv/columns.js';
import { CSV_FILES, SAMPLES_FILE, type CsvColumn, type CsvFile } from '../schema/csv-files.js';
import type { LossRecord } from '../schema/types.gen.js';
import type { StreamRecord } from '../batch.js';
import { LookupTables } from './lookup-tables.js';
import { Failures, type Failure } from './failures.js';
import { Housekeeping, type Retain } from './housekeeping.js';
import { Hour, type Note } from './hour.js';
import { RecordingDirectory } from './directory.js';
import { OtherColumns, type HourFile } from './hour-file.js';
import { timeOf } from './time-of.js';

export interface RecordingOptions {
  /** Columns of samples behind those that every recording has (`-G`). Default: none. */
  append?: readonly ColumnName[] | undefined;
  /** Default: that of TZ, or else of /etc/localtime. */
  utcOffset?: UtcOffset | undefined;
  /** What to keep of closed hours. Default: all. */
  retain?: Retain | undefined;
  /** Closed hours become Parquet. Default: false. */
  compress?: boolean | undefined;
  /** Told in one line what goes wrong, and when it goes on. */
  onMessage?: ((text: string) => void) | undefined;
  /** Told of a record that CSV cannot hold, by its place in what was given to `write`. It is left out and counted. */
  onBadRecord?: ((index: number, reason: string) => void) | undefined;
}

/** This hour and the one before: a call that began before the hour changed ends after it. */
const MAX_OPEN_HOURS = 2;
/** By the records' own time. */
const LOOK_MS = 60_000;
const FILE_BY_TYPE = new Map(CSV_FILES.map((file) => [file.record, file]));
const HAS_TIMES = new Set(CSV_FILES.filter(({ columns }) => columns.some(({ form }) => form === 'time')));

export class CsvRecording {
  readonly #options: RecordingOptions;
  readonly #columns: readonly CsvColumn[];
  readonly #clock: LocalClock;
  readonly #failures: Failures;
  readonly #directory: RecordingDirectory;
  readonly #housekeeping: Housekeeping;
  readonly #lookupTables = new LookupTables((hour, file, record) => this.#add(hour, file, record));
  /** The oldest first. */
  readonly #hours = new Map<string, Hour>();
  #losses: LossRecord[] = [];
  /** When closed hours were last looked after, by the records' own time. Unit: ms. */
  #lookedMs = 0;
  /** Why an hour file has failed in this call of `write`. */
  readonly #causes = new Map<HourFile, string>();
  /** Why nothing can be written at all. */
  #obstacle: string | undefined;
  #last: LocalTime;
  #malformed = 0;
  /** There is no time for conversions to Parquet when it ends; the next recorder begins them anew. */
  isHurried = false;

  private constructor(directory: RecordingDirectory, options: RecordingOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#columns = sampleColumns(options.append);
    this.#clock = new LocalClock(options.utcOffset ?? utcOffset);
    this.#failures = new Failures(options.onMessage ?? (() => {}));
    this.#last = this.#clock.toLocal(formatNow())!;
    this.#housekeeping = new Housekeeping({
      directory: directory.path,
      retain: options.retain,
      compress: options.compress,
      onNote: (note) => this.#note(this.#hourOf(this.#last), note),
      onMessage: options.onMessage ?? (() => {}),
    });
  }

  /**
   * Takes the directory, which is made if need be, and repairs what the last recorder left torn. Throws `XcaptureError`
   * when another recorder has it or it has other columns, and what the system fails with.
   */
  static async open(path: string, options: RecordingOptions = {}): Promise<CsvRecording> {
    const columns = sampleColumns(options.append);
    const directory = await RecordingDirectory.open(path, (name) =>
      name === SAMPLES_FILE.name ? columns : CSV_FILES.find((file) => file.name === name)?.columns,
    );
    const recording = new CsvRecording(directory, options);
    recording.#repair();
    return recording;
  }

  /** Somebody else's directory is written by the right to override its permissions. */
  get needsDacOverride(): boolean {
    return this.#directory.isForeign;
  }

  /** Records that could not be written, or that CSV cannot hold. */
  get lost(): number {
    return this.#failures.lost + this.#malformed;
  }

  /**
   * Appends the records to their files. Returns them with those that tell of own losses; a summary counts these.
   */
  write(records: readonly StreamRecord[]): StreamRecord[] {
    this.#causes.clear();
    this.#makeSureItIsThere();
    const out: StreamRecord[] = [];
    records.forEach((record, index) => {
      const isSummary = record.type === 'summary';
      if (isSummary) {
        this.#flush();
        for (const failure of this.#failures.endAll()) this.#tellLoss(this.#hourOf(this.#last), failure);
        out.push(...this.#passLosses());
      }
      const { lost = 0 } = record as { lost?: number };
      const counted = isSummary && this.lost > 0 ? { ...record, lost: lost + this.lost } : record;
      out.push(counted);
      try {
        this.#take(counted as Values);
      } catch (error) {
        if (!(error instanceof BadValue)) throw error;
        this.#malformed++;
        this.#options.onBadRecord?.(index, error.message);
      }
    });
    this.#flush();
    this.#lookAfterClosedHours();
    return [...out, ...this.#passLosses()];
  }

  /**
   * Closes all files; resolves when they are on the disk. Conversions to Parquet are waited for, if there is time.
   */
  async close(): Promise<void> {
    if (!this.isHurried) this.#lookAfterClosedHours(true);
    await (this.isHurried ? this.#housekeeping.stop() : this.#housekeeping.finish());
    if (this.#lookupTables.pending.length > 0) this.#lookupTables.tellPending(this.#hourOf(this.#last));
    this.#flush();
    for (const file of this.#lookupTables.pending) {
      const hourFile = this.#hourOf(this.#last).files.get(file)!;
      this.#failures.add(file.record, 1, this.#causes.get(hourFile) ?? `cannot write ${hourFile.path}`, this.#last.utc);
    }
    for (const hour of this.#hours.values()) this.#directory.close(hour);
    this.#hours.clear();
    await this.#directory.release();
  }

  #take(record: Values): void {
    const file = FILE_BY_TYPE.get(record['type'] as string);
    if (file?.namedBy) {
      this.#lookupTables.learn(file, record, this.#last);
      return;
    }
    const time = timeOf(record);
    const local = typeof time === 'string' ? this.#clock.toLocal(time) : undefined;
    if (file && !local) throw new BadValue('timestamp', time, 'a time as in 2026-11-23T01:07:28.350568Z');
    if (local) this.#last = local;
    const hour = this.#hourOf(this.#last);
    this.#lookupTables.tellPending(hour);
    if (!file) {
      this.#addMeta(hour, record);
      return;
    }
    if (file === SAMPLES_FILE) this.#lookupTables.tellReferences(hour, record);
    this.#add(hour, file, record);
  }

  #hourOf(local: LocalTime): Hour {
    const name = local.hour;
    let hour = this.#hours.get(name);
    if (!hour) {
      this.#flush();
      hour = this.#makeHour(local);
      this.#hours.set(name, hour);
      for (const [oldest, old] of this.#hours) {
        if (this.#hours.size <= MAX_OPEN_HOURS) break;
        this.#hours.delete(oldest);
        this.#directory.close(old);
      }
      this.#directory.noteOpen([...this.#hours.keys()]);
    }
    hour.time = local;
    return hour;
  }

  #makeHour(first: LocalTime): Hour {
    return new Hour({
      directory: this.#directory.path,
      first,
      sampleColumns: this.#columns,
      onNote: (hour, note) => this.#note(hour, note),
    });
  }

  /** Adds a row to its hour file, or counts it as lost. Returns whether it was added. */
  #add(hour: Hour, file: CsvFile, record: Values): boolean {
    const hourFile = hour.files.get(file)!;
    if (!this.#open(hourFile)) {
      if (!file.namedBy) this.#failures.add(file.record, 1, this.#causes.get(hourFile)!, this.#last.utc);
      return false;
    }
    const { offsetS } = hour.context.own;
    if (hourFile.offsetS !== offsetS) {
      hourFile.offsetS = offsetS;
      if (HAS_TIMES.has(file)) {
        this.#note(hour, { event: 'utc_offset', file: hourFile.name, rows: hourFile.rows, utc_offset_s: offsetS });
      }
    }
    hourFile.add(record, hour.context);
    return true;
  }

  /** False when that fails, which is tried once for each call of `write`. */
  #open(hourFile: HourFile): boolean {
    if (hourFile.isOpen) return true;
    if (this.#causes.has(hourFile)) return false;
    if (this.#obstacle !== undefined) {
      this.#causes.set(hourFile, this.#obstacle);
      return false;
    }
    try {
      hourFile.open();
      return true;
    } catch (error) {
      this.#causes.set(hourFile, error instanceof OtherColumns ? error.message : causeOf(hourFile, error));
      return false;
    }
  }

  #addMeta(hour: Hour, record: Values): void {
    if (this.#open(hour.meta)) hour.addMeta(record);
    else this.#failures.add('meta', 1, this.#causes.get(hour.meta)!, this.#last.utc);
  }

  #note(hour: Hour, note: Note): void {
    this.#addMeta(hour, { type: 'recorder', timestamp: hour.context.own.utc, ...note });
  }

  #flush(): void {
    for (const hour of this.#hours.values()) {
      for (const [file, hourFile] of hour.files) this.#flushFile(hour, file, hourFile);
      this.#flushMeta(hour);
    }
    this.#lookupTables.flushed();
  }

  #flushFile(hour: Hour, file: CsvFile, hourFile: HourFile): void {
    const count = hourFile.waiting;
    if (count === 0) return;
    const failed = hourFile.flush();
    if (!failed) {
      this.#worked(hour, file.record);
      return;
    }
    hourFile.close();
    const cause = causeOf(hourFile, failed.cause);
    this.#causes.set(hourFile, cause);
    if (!file.namedBy) this.#failures.add(file.record, failed.lost, cause, this.#last.utc);
    else this.#lookupTables.tellAgain(hour, file, failed.lost);
  }

  #flushMeta(hour: Hour): void {
    if (hour.meta.waiting === 0) return;
    const failed = hour.meta.flush();
    if (!failed) {
      this.#worked(hour, 'meta');
      return;
    }
    hour.meta.close();
    this.#causes.set(hour.meta, causeOf(hour.meta, failed.cause));
    this.#failures.add('meta', failed.lost, causeOf(hour.meta, failed.cause), this.#last.utc);
  }

  #worked(hour: Hour, kind: string): void {
    const failure = this.#failures.end(kind);
    if (failure) this.#tellLoss(hour, failure);
  }

  #tellLoss(hour: Hour, { kind, count, cause, since }: Failure): void {
    const loss: LossRecord = { type: 'loss', timestamp: this.#last.utc, kind, count, cause, since };
    this.#losses.push(loss);
    this.#addMeta(hour, { ...loss });
  }

  #passLosses(): LossRecord[] {
    return this.#losses.splice(0);
  }

  /** Once a minute of the records' own time. An hour is closed a minute after the next one has begun. */
  #lookAfterClosedHours(isEnd = false): void {
    const now = Date.parse(this.#last.utc);
    if (this.#hours.size === 0 || (!isEnd && Math.abs(now - this.#lookedMs) < LOOK_MS)) return;
    this.#lookedMs = now;
    const newest = [...this.#hours.keys()].toSorted().at(-1)!;
    const isSettled =
      isEnd || Date.parse(`${this.#last.text}Z`) - Date.parse(`${newest.replace('.', 'T')}:00Z`) >= LOOK_MS;
    for (const [name, hour] of this.#hours) {
      if (name === newest || name === this.#last.hour || !isSettled) continue;
      this.#hours.delete(name);
      this.#directory.close(hour);
    }
    this.#directory.noteOpen([...this.#hours.keys()]);
    try {
      this.#housekeeping.look([...this.#hours.keys()], (agoMs) => {
        return this.#clock.toLocal(new Date(now - agoMs).toISOString())!.hour;
      });
    } catch (error) {
      // The directory has gone, or is not ours any more; the rows tell of it.
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#options.onMessage?.(`cannot look after closed hours: ${String(error.code)}`);
    }
  }

  /** What was removed or replaced is made anew. */
  #makeSureItIsThere(): void {
    for (const hour of this.#hours.values()) hour.closeStale();
    try {
      this.#directory.restore();
      this.#obstacle = undefined;
    } catch (error) {
      // Nothing may be written then, and it is reported and counted with the rows.
      const { code, message, path } = error as NodeJS.ErrnoException;
      this.#obstacle = error instanceof XcaptureError ? message : `cannot make ${path ?? ''}: ${code ?? message}`;
    }
  }

  /** The files that the last recorder had open when it was killed. */
  #repair(): void {
    for (const name of this.#directory.hoursToRepair()) {
      const hour = this.#makeHour({ ...this.#last, hour: name });
      for (const hourFile of hour.all) if (existsSync(hourFile.path)) this.#open(hourFile);
      this.#flushMeta(hour);
      this.#directory.close(hour);
    }
    this.#directory.noteOpen([]);
  }
}

function causeOf(hourFile: HourFile, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `cannot write ${hourFile.path}: ${code ?? message}`;
}
