/** Puts records that come one after the other together to batches, which end where a sample ends. */
import { isSample, type Batch, type StreamRecord } from '../batch.js';

export interface BatcherOptions {
  /** Done after so many samples. Default: never. */
  iterations?: number | undefined;
  /** Done before the first sample that starts so long after the first one. Unit: ms. Default: never. */
  durationMs?: number | undefined;
  /** Only records with a `timestamp` from this one on. RFC 3339 in UTC. */
  from?: string | undefined;
  /** Only records with a `timestamp` before this one. */
  to?: string | undefined;
  /** Batches have `lines`. */
  keepsLines?: boolean | undefined;
}

/** So many records at most make a batch. */
const MAX_BATCH = 1024;

/** Such times compare as text once they have no `Z` and no zeros at the end of the fraction. */
const comparable = (utc: string) =>
  utc
    .replace(/Z$/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #from: string | undefined;
  readonly #to: string | undefined;
  #records: StreamRecord[] = [];
  #lines: number[] = [];
  #timestamp: string | undefined;
  #startMs = 0;
  #samples = 0;
  /** What was asked for is there; more is not taken. */
  isDone = false;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#from = options.from === undefined ? undefined : comparable(options.from);
    this.#to = options.to === undefined ? undefined : comparable(options.to);
  }

  *add(record: StreamRecord, line: number): Generator<Batch> {
    if (this.isDone || !this.#isAskedFor(record)) return;
    if (isSample(record) && record.timestamp !== this.#timestamp) {
      if (this.#timestamp !== undefined) yield* this.#take(this.#timestamp);
      this.#timestamp = record.timestamp;
      if (!this.#begin(record.timestamp)) return;
    }
    this.#records.push(record);
    if (this.#options.keepsLines) this.#lines.push(line);
    if (this.#records.length >= MAX_BATCH) yield* this.flush();
  }

  /** What there is of the sample. */
  *flush(): Generator<Batch> {
    if (this.#records.length > 0) yield* this.#take();
  }

  /** Nothing comes after it. */
  *end(): Generator<Batch> {
    if (this.#timestamp !== undefined) yield* this.#take(this.#timestamp);
    else yield* this.flush();
  }

  #isAskedFor(record: StreamRecord): boolean {
    if (this.#from === undefined && this.#to === undefined) return true;
    const { timestamp, type } = record as { timestamp?: unknown; type: string };
    if (typeof timestamp !== 'string' || type === 'summary') return true;
    const time = timestamp.replace(/Z$/, '');
    return (this.#from === undefined || time >= this.#from) && (this.#to === undefined || time < this.#to);
  }

  /** False when the sample that begins is not asked for any more. */
  #begin(timestamp: string | undefined): boolean {
    const { iterations, durationMs } = this.#options;
    const ms = Date.parse(timestamp ?? '');
    if (this.#samples++ === 0) this.#startMs = ms;
    this.isDone =
      (iterations !== undefined && this.#samples > iterations) ||
      (durationMs !== undefined && ms - this.#startMs >= durationMs);
    if (this.isDone) this.#timestamp = undefined;
    return !this.isDone;
  }

  *#take(timestamp?: string): Generator<Batch> {
    const batch: Batch = { records: this.#records };
    if (this.#options.keepsLines) batch.lines = this.#lines;
    if (timestamp !== undefined) batch.end = { timestamp };
    this.#records = [];
    this.#lines = [];
    yield batch;
  }
}
