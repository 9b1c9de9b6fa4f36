/** The source of records from a directory of hourly CSV and Parquet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { XcaptureError } from '../errors.js';
import { recordsOf, type OffsetChange } from '../recording/recorded-rows.js';
import { listRecording, metaName, type RecordingFile } from '../recording/names.js';
import { timeOf } from '../recording/time-of.js';
import type { Values } from '../csv/codecs.js';
import { HourHash } from '../csv/hour-hash.js';
import type { UtcOffset } from '../csv/local-time.js';
import { utcOffset } from '../native.js';
import { CSV_FILES, keyOf, type CsvFile } from '../schema/csv-files.js';
import { Batcher, type BatcherOptions } from './batcher.js';
import type { Batch, StreamRecord } from '../batch.js';

export interface ReplayDirectoryOptions extends BatcherOptions {
  /** Ends the stream in good order. */
  signal?: AbortSignal | undefined;
  /** Told of each row that is no record. It is left out. */
  onMalformed?: ((where: string, reason: string) => void) | undefined;
  /** Of hours whose meta file does not tell it. Default: that of TZ, or else of /etc/localtime. */
  utcOffset?: UtcOffset | undefined;
}

const HOUR_MS = 3_600_000;
/** Entries of lookup tables that are remembered, so that each is told once. */
const MAX_TOLD = 65_536;

/** A stream of records in the order of their times, as far as that goes without changing the order of a file. */
interface Source {
  head: Values | undefined;
  time: string;
  next: () => Promise<void>;
}

async function sourceOf(records: AsyncIterator<Values> | Iterator<Values>): Promise<Source> {
  const source: Source = {
    head: undefined,
    time: '',
    next: async () => {
      const { value, done } = await records.next();
      source.head = done ? undefined : value;
      const time = source.head && timeOf(source.head);
      // Without a time it comes at once. A header comes before what happened in the same moment.
      source.time = typeof time === 'string' ? time.slice(0, source.head?.['type'] === 'header' ? -2 : -1) : '';
    },
  };
  await source.next();
  return source;
}

async function* merge(sources: readonly Source[]): AsyncGenerator<Values> {
  for (;;) {
    let first: Source | undefined;
    for (const source of sources) if (source.head && (!first || source.time < first.time)) first = source;
    if (!first) return;
    yield first.head!;
    await first.next();
  }
}

interface HourFiles {
  readonly name: string;
  readonly files: readonly RecordingFile[];
  readonly meta: readonly Values[];
  /** By the name of the kind. */
  readonly offsets: ReadonlyMap<string, readonly OffsetChange[]>;
}

/** Rows of each file that was converted, as they were noted: in the meta file of the hour in which that was done. */
function conversionsIn(meta: readonly Values[], conversions: Map<string, number[]>): void {
  for (const { event, file, rows } of meta) {
    if (event !== 'compressed' || typeof rows !== 'number') continue;
    const stem = stemOf(file);
    conversions.set(stem, [...(conversions.get(stem) ?? []), rows]);
  }
}

const stemOf = (file: unknown) => String(file).replace(/\.[a-z]+$/, '');

/** What the recorder has noted of local times. A file that was converted and then begun anew goes on behind it. */
function offsetsIn(meta: readonly Values[], conversions: ReadonlyMap<string, number[]>): Map<string, OffsetChange[]> {
  const offsets = new Map<string, OffsetChange[]>();
  const begun = new Map<string, number>();
  for (const { event, file, rows, utc_offset_s: offsetS } of meta) {
    const name = /^xcapture_([a-z]+)_/.exec(String(file))?.[1];
    if (event !== 'utc_offset' || name === undefined || typeof rows !== 'number' || typeof offsetS !== 'number')
      continue;
    if (rows === 0) begun.set(name, (begun.get(name) ?? -1) + 1);
    const base = conversions.get(stemOf(file))?.[(begun.get(name) ?? 0) - 1] ?? 0;
    offsets.set(name, [
      ...(offsets.get(name) ?? []).filter(({ row }) => row < base + rows),
      { row: base + rows, offsetS },
    ]);
  }
  return offsets;
}

function readMeta(path: string, onMalformed: (where: string, reason: string) => void): Values[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line, index) => {
    try {
      return [JSON.parse(line) as Values];
    } catch (error) {
      onMalformed(`line ${index + 1} of ${path}`, (error as Error).message);
      return [];
    }
  });
}

class DirectoryReader {
  readonly #directory: string;
  readonly #options: ReplayDirectoryOptions;
  readonly #told = new Map<string, string>();

  constructor(directory: string, options: ReplayDirectoryOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** The hours that may have something of the time asked for. */
  *hours(): Generator<HourFiles> {
    const all = listRecording(this.#directory);
    if (all.length === 0) {
      throw new XcaptureError('XCAP_NO_RECORDING', `${this.#directory} has no recording`, {
        hint: 'name a directory that xcapture -o DIR has filled, or a file of NDJSON',
      });
    }
    const metas = new Map(
      all.flatMap(({ format, hour }) =>
        format === 'ndjson'
          ? [[hour, readMeta(join(this.#directory, metaName(hour)), this.#onMalformed)] as const]
          : [],
      ),
    );
    const conversions = new Map<string, number[]>();
    for (const meta of metas.values()) conversionsIn(meta, conversions);
    for (const name of new Set(all.map(({ hour }) => hour))) {
      const meta = metas.get(name) ?? [];
      const files = all.filter(({ hour }) => hour === name);
      const hour = { name, files, meta, offsets: offsetsIn(meta, conversions) };
      if (this.#isAskedFor(hour)) yield hour;
    }
  }

  async *records(hour: HourFiles): AsyncGenerator<Values> {
    const kinds = CSV_FILES.filter((file) => hour.files.some(({ name }) => name === file.name));
    for (const file of kinds.filter(({ namedBy }) => namedBy)) {
      for await (const record of this.#rowsOf(hour, file)) {
        const key = `${file.name} ${String(record[keyOf(file.columns[0]!)])}`;
        const text = JSON.stringify(record);
        if (this.#told.get(key) === text) continue;
        if (this.#told.size >= MAX_TOLD) this.#told.clear();
        this.#told.set(key, text);
        yield record;
      }
    }
    const ofStream = hour.meta.filter(({ type }) => type !== 'recorder');
    const timed = kinds.filter(({ namedBy }) => !namedBy).map((file) => this.#rowsOf(hour, file));
    yield* merge(await Promise.all([...timed, ofStream.values()].map(sourceOf)));
  }

  readonly #onMalformed = (where: string, reason: string): void => this.#options.onMalformed?.(where, reason);

  #rowsOf(hour: HourFiles, file: CsvFile): AsyncGenerator<Values> {
    const stem = join(this.#directory, `xcapture_${file.name}_${hour.name}`);
    const offsets = hour.offsets.get(file.name) ?? [{ row: 0, offsetS: this.#offsetOf(hour) }];
    return recordsOf({ file, stem, hour: new HourHash(hour.name), offsets, onMalformed: this.#onMalformed });
  }

  /** Of an hour without notes: that of this machine. */
  #offsetOf({ name }: HourFiles): number {
    const offset = this.#options.utcOffset ?? utcOffset;
    const asUtc = startOf(name) / 1000;
    return offset(asUtc - offset(asUtc));
  }

  #isAskedFor(hour: HourFiles): boolean {
    const { from, to } = this.#options;
    const offsets = [...hour.offsets.values()].flat().map(({ offsetS }) => offsetS);
    if (offsets.length === 0) offsets.push(this.#offsetOf(hour));
    const start = startOf(hour.name);
    const begin = start - Math.max(...offsets) * 1000;
    const end = start - Math.min(...offsets) * 1000 + HOUR_MS;
    return (from === undefined || end > Date.parse(from)) && (to === undefined || begin < Date.parse(to));
  }
}

/** As if it were UTC. Unit: ms since the epoch. */
const startOf = (hour: string) => Date.parse(`${hour.replace('.', 'T')}:00Z`);

async function* batches(directory: string, options: ReplayDirectoryOptions): AsyncGenerator<Batch> {
  const reader = new DirectoryReader(directory, options);
  const batcher = new Batcher(options);
  for (const hour of reader.hours()) {
    if (batcher.isDone || options.signal?.aborted) break;
    for await (const record of reader.records(hour)) {
      if (batcher.isDone || options.signal?.aborted) break;
      yield* batcher.add(record as StreamRecord, 0);
    }
  }
  yield* batcher.end();
}

/**
 * A Readable of `Batch` from a recorded directory. Recorders may be at work in it. Fails with an `XcaptureError` when
 * there is no recording in it.
 */
export function replayDirectory(directory: string, options: ReplayDirectoryOptions = {}): Readable {
  return Readable.from(batches(directory, options), { objectMode: true, highWaterMark: 1 });
}
