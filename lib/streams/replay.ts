/** The source of recorded records: NDJSON, as xcapture wrote it and as jq, grep and cat have left it. */
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { jsonlParser } from 'stream-json/jsonl/parser.js';
import { XcaptureError } from '../errors.js';
import { SCHEMA_VERSION } from '../schema/records.js';
import { Batcher } from './batcher.js';
import type { Batch, StreamRecord } from '../batch.js';

export interface ReplayOptions {
  /** Stop after so many samples. Default: at the end. */
  iterations?: number | undefined;
  /** Stop before the first sample that starts so long after the first one. Unit: ms. Default: at the end. */
  durationMs?: number | undefined;
  /** Only records with a `timestamp` from this one on. RFC 3339 in UTC. Default: all. */
  from?: string | undefined;
  /** Only records with a `timestamp` before this one. RFC 3339 in UTC. Default: all. */
  to?: string | undefined;
  /** Ends the stream in good order, before the end of the input. */
  signal?: AbortSignal | undefined;
  /** Each batch tells from which lines its records come. Default: false. */
  keepsLines?: boolean | undefined;
  /** Told once for each line that is no record. It is left out. */
  onMalformed?: ((line: number, reason: string) => void) | undefined;
  /** Told what is odd about the input but loses nothing. */
  onWarning?: ((text: string) => void) | undefined;
}

class Malformed {
  constructor(readonly reason: string) {}
}

function isRecord(value: unknown): value is StreamRecord {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Turns lines into records, and counts what is none. */
class LineReader {
  readonly #options: ReplayOptions;
  readonly #parse = jsonlParser({ errorIndicator: (error: Error) => new Malformed(error.message) });
  #records = 0;
  #malformed = 0;
  line = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  read(text: string): StreamRecord | undefined {
    this.line++;
    if (text === '' || text.trim() === '') return undefined;
    const { value } = this.#parse(text) as { value: unknown };
    if (!isRecord(value)) {
      this.#malformed++;
      this.#options.onMalformed?.(this.line, value instanceof Malformed ? value.reason : 'no object with a type');
      return undefined;
    }
    if (this.#records++ === 0 && value.type !== 'header') {
      this.#options.onWarning?.('the recording does not begin with a header');
    }
    const { schema_version: version } = value as { schema_version?: unknown };
    if (value.type === 'header' && typeof version === 'number' && version > SCHEMA_VERSION) {
      this.#options.onWarning?.(
        `line ${this.line}: schema version ${version} is newer than ${SCHEMA_VERSION}, which this xcapture knows`,
      );
    }
    return value;
  }

  /** Throws `XcaptureError` when what was read is no recording. */
  check(): void {
    if (this.#records > 0 && this.#malformed <= this.#records) return;
    const what =
      this.#records === 0
        ? 'nothing in the input is a record'
        : `${this.#malformed} of ${this.#malformed + this.#records} lines are no records`;
    throw new XcaptureError('XCAP_NOT_A_RECORDING', what, { hint: 'is it what xcapture --ndjson wrote?' });
  }
}

/** What is not asked for is not read: a live pipe may go on for ever. */
async function* batches(input: Readable, options: ReplayOptions): AsyncGenerator<Batch> {
  const { signal } = options;
  const reader = new LineReader(options);
  const batcher = new Batcher(options);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = function* (text: string): Generator<Batch> {
    let at = 0;
    for (let end; !batcher.isDone && (end = text.indexOf('\n', at)) >= 0; at = end + 1) {
      const record = reader.read(text.slice(at, end));
      if (record) yield* batcher.add(record, reader.line);
    }
    rest = text.slice(at);
    // What comes from a pipe slowly is not held back until a batch is full.
    yield* batcher.flush();
  };
  try {
    for await (const chunk of input) {
      yield* take(rest + decoder.write(chunk as Buffer));
      if (batcher.isDone || signal?.aborted) break;
    }
  } catch (error) {
    // Destroyed while it waited for more.
    if (!signal?.aborted) throw error;
  }
  // What was read of a line when the stream was stopped is no mistake of the line.
  if (!batcher.isDone && !signal?.aborted) yield* take(`${rest}${decoder.end()}\n`);
  yield* batcher.end();
  if (!signal?.aborted) reader.check();
}

/**
 * A Readable of `Batch` from a Readable of bytes. Fails with an `XcaptureError` at its end when nothing in the input
 * was a record, or more than half of its lines were none.
 */
export function replay(input: Readable, options: ReplayOptions = {}): Readable {
  options.signal?.addEventListener('abort', () => input.destroy());
  return Readable.from(batches(input, options), { objectMode: true, highWaterMark: 1 });
}
