/** The source of recorded records: NDJSON, as xcapture wrote it and as jq, grep and cat have left it. */
import { pipeline, Readable, Transform } from 'node:stream';
import { chain } from 'stream-chain';
import fixUtf8Stream from 'stream-chain/utils/fixUtf8Stream.js';
import lines from 'stream-chain/utils/lines.js';
import { jsonlParser } from 'stream-json/jsonl/parser.js';
import { XcaptureError } from '../errors.js';
import { SCHEMA_VERSION } from '../schema/records.js';
import { isSample, type Batch, type StreamRecord } from './batch.js';

export interface ReplayOptions {
  /** Stop after so many samples. Default: at the end. */
  iterations?: number | undefined;
  /** Stop before the first sample that starts so long after the first one. Unit: ms. Default: at the end. */
  durationMs?: number | undefined;
  /** Ends the stream in good order, before the end of the input. */
  signal?: AbortSignal | undefined;
  /** Told once for each line that is no record. It is left out. */
  onMalformed?: ((line: number, reason: string) => void) | undefined;
  /** Told what is odd about the input but loses nothing. */
  onWarning?: ((text: string) => void) | undefined;
}

/** So many records at most make a batch. */
const MAX_BATCH = 1024;

class Malformed {
  constructor(readonly reason: string) {}
}

function isRecord(value: unknown): value is StreamRecord {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Puts records together to batches that end where a sample ends. */
class Batcher extends Transform {
  readonly #options: ReplayOptions;
  #records: StreamRecord[] = [];
  #timestamp: string | undefined;
  #startMs = 0;
  #samples = 0;
  #isFlushing = false;
  isDone = false;

  constructor(options: ReplayOptions) {
    super({ objectMode: true, readableHighWaterMark: 1, writableHighWaterMark: MAX_BATCH });
    this.#options = options;
  }

  override _transform(record: StreamRecord, _encoding: string, done: () => void): void {
    if (!this.isDone) this.#add(record);
    done();
  }

  override _flush(done: () => void): void {
    this.#send(this.#timestamp);
    done();
  }

  #add(record: StreamRecord): void {
    if (isSample(record) && record.timestamp !== this.#timestamp) {
      if (this.#timestamp !== undefined) this.#send(this.#timestamp);
      this.#timestamp = record.timestamp;
      if (!this.#begin(record.timestamp)) return;
    }
    this.#records.push(record);
    if (this.#records.length >= MAX_BATCH) this.#send();
    else this.#sendSoon();
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

  /** What comes from a pipe slowly is not held back until a batch is full. */
  #sendSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      if (!this.readableEnded && !this.destroyed) this.#send();
    });
  }

  #send(timestamp?: string): void {
    if (this.#records.length === 0 && timestamp === undefined) return;
    const records = this.#records;
    this.#records = [];
    this.push({ records, ...(timestamp !== undefined && { end: { timestamp } }) } satisfies Batch);
  }
}

/**
 * A Readable of `Batch` from a Readable of bytes. Fails with an `XcaptureError` at its end when nothing in the input
 * was a record, or more than half of its lines were none.
 */
export function replay(input: Readable, options: ReplayOptions = {}): Readable {
  const { onMalformed, onWarning } = options;
  const parse = jsonlParser({ errorIndicator: (error: Error) => new Malformed(error.message) });
  const batcher = new Batcher(options);
  let line = 0;
  let records = 0;
  let malformed = 0;

  const toRecord = (text: string): StreamRecord | undefined => {
    line++;
    // What was read beyond the end may be half a line.
    if (text.trim() === '' || batcher.isDone || options.signal?.aborted) return undefined;
    const { value } = parse(text) as { value: unknown };
    if (!isRecord(value)) {
      malformed++;
      onMalformed?.(line, value instanceof Malformed ? value.reason : 'no object with a type');
      return undefined;
    }
    if (records++ === 0 && value.type !== 'header') onWarning?.('the recording does not begin with a header');
    const { schema_version: version } = value as { schema_version?: unknown };
    if (value.type === 'header' && typeof version === 'number' && version > SCHEMA_VERSION) {
      onWarning?.(`line ${line}: schema version ${version} is newer than ${SCHEMA_VERSION}, which this xcapture knows`);
    }
    return value;
  };
  const verdict = new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform: (batch, _encoding, done) => done(null, batch),
    flush: (done) => {
      const isBad = !options.signal?.aborted && (records === 0 || malformed > records);
      done(isBad ? notARecording(records, malformed) : null);
    },
  });
  const parser = chain([fixUtf8Stream(), lines(), toRecord]);
  // An error anywhere destroys the last stream with it, which is what the reader sees; nothing is left to do here.
  pipeline(Readable.from(untilDone(input, batcher, options.signal)), parser, batcher, verdict, () => {});
  return verdict;
}

/** What is not asked for is not read: a live pipe may go on for ever. */
async function* untilDone(input: Readable, batcher: Batcher, signal?: AbortSignal): AsyncGenerator<Buffer> {
  signal?.addEventListener('abort', () => input.destroy());
  try {
    for await (const chunk of input) {
      if (batcher.isDone) return;
      yield chunk as Buffer;
    }
  } catch (error) {
    // Destroyed while it waited for more.
    if (!signal?.aborted) throw error;
  }
}

function notARecording(records: number, malformed: number): XcaptureError {
  const what =
    records === 0 ? 'nothing in the input is a record' : `${malformed} of ${malformed + records} lines are no records`;
  return new XcaptureError('XCAP_NOT_A_RECORDING', what, { hint: 'is it what xcapture --ndjson wrote?' });
}
