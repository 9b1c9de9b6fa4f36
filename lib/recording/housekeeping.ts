/**
 * What becomes of closed hours: `--compress` turns them into Parquet, `--retain` removes the oldest. Never an hour that
 * is open. Conversions run one after the other in a thread of their own; a file is put into its place here, on the
 * recorder's thread, so that nobody appends to it in between.
 */
import { renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Note } from './hour.js';
import type { Conversion, Converted } from './convert-worker.js';
import { listRecording, type RecordingFile } from './names.js';
import { syncPath } from './sync.js';

/** What to keep of a recording. */
export type Retain = { readonly ageMs: number } | { readonly bytes: number };

export interface HousekeepingOptions {
  readonly directory: string;
  /** Default: all. */
  readonly retain?: Retain | undefined;
  /** Default: false. */
  readonly compress?: boolean | undefined;
  readonly onNote: (note: Note) => void;
  readonly onMessage: (text: string) => void;
}

/** Half of a conversion, which a killed recorder has left. */
const ASIDE = '.new';
/** A worker's heap. Unit: MiB. */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 };

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  /** Hours that are being recorded. */
  #open: ReadonlySet<string> = new Set();
  readonly #failed = new Set<string>();
  /** Files that have grown while they were converted: their hour is recorded again. */
  readonly #grown = new Set<string>();
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /**
   * Looks after the closed hours.
   * @param open hours that are being recorded, the newest of them last
   * @param hourOf the hour so long ago, by the recorder's clock
   */
  look(open: readonly string[], hourOf: (agoMs: number) => string): void {
    this.#open = new Set(open);
    this.#grown.clear();
    const { retain, compress } = this.#options;
    if (retain) this.#remove(retain, hourOf);
    if (compress) this.#start();
  }

  #start(): void {
    this.#running ??= this.#convertAll().finally(() => (this.#running = undefined));
  }

  /** Resolves when all closed hours are converted. */
  async finish(): Promise<void> {
    await this.#running;
    // Hours may have been closed after it had looked for the last time.
    if (this.#options.compress) this.#start();
    await this.#running;
  }

  /** Ends a conversion at once; the next recorder begins it anew. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#worker?.terminate();
    await this.#running;
  }

  #files(): RecordingFile[] {
    return listRecording(this.#options.directory).filter(({ hour }) => !this.#open.has(hour));
  }

  #remove(retain: Retain, hourOf: (agoMs: number) => string): void {
    const { directory, onNote } = this.#options;
    const sizeOf = (file: string) => statSync(join(directory, file), { throwIfNoEntry: false })?.size ?? 0;
    const all = listRecording(directory);
    let total = all.reduce((sum, { file }) => sum + sizeOf(file), 0);
    const newest = [...this.#open].toSorted().at(-1) ?? '';
    const closed = this.#files();
    for (const hour of new Set(closed.map((file) => file.hour))) {
      if (hour >= newest) break;
      const files = closed.filter((file) => file.hour === hour);
      const isTooMuch = 'bytes' in retain ? total > retain.bytes : hour < hourOf(retain.ageMs);
      if (!isTooMuch) break;
      const bytes = files.reduce((sum, { file }) => sum + sizeOf(file), 0);
      for (const { file } of files) rmSync(join(directory, file), { force: true });
      total -= bytes;
      onNote({ event: 'removed', hour, bytes });
    }
  }

  async #convertAll(): Promise<void> {
    const { onMessage } = this.#options;
    for (let next; !this.#isStopped && (next = this.#next());) {
      try {
        await this.#convert(next);
      } catch (error) {
        if (this.#isStopped) return;
        this.#failed.add(next.file);
        onMessage(`${next.file} stays as it is, it cannot be converted to Parquet: ${(error as Error).message}`);
      }
    }
  }

  #next(): RecordingFile | undefined {
    return this.#files().find(
      ({ file, format }) => format === 'csv' && !this.#failed.has(file) && !this.#grown.has(file),
    );
  }

  async #convert({ file, name, hour }: RecordingFile): Promise<void> {
    const { directory, onNote } = this.#options;
    const csv = join(directory, file);
    const parquet = csv.replace(/csv$/, 'parquet');
    const aside = `${parquet}${ASIDE}`;
    try {
      const converted = await this.#run({ csv, parquet, aside, name });
      const now = statSync(csv, { throwIfNoEntry: false });
      // The clock went back meanwhile, and the hour is recorded again.
      if (this.#open.has(hour) || now?.size !== converted.bytes) {
        this.#grown.add(file);
        return;
      }
      if (!converted.isDone) renameSync(aside, parquet);
      syncPath(directory);
      rmSync(csv);
      onNote({ event: 'compressed', file: basename(parquet), rows: converted.rows });
    } finally {
      rmSync(aside, { force: true });
    }
  }

  #run(conversion: Conversion): Promise<Converted> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('convert-worker.js', import.meta.url), {
        workerData: conversion,
        resourceLimits: LIMITS,
      });
      this.#worker = worker;
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the conversion was stopped')));
    });
  }
}
