/**
 * The table for people: per sample a header, its rows, a line that says what the sample saw and cost, and the
 * completions that came since the sample before.
 */
import { Writable } from 'node:stream';
import { paintLoss } from '../table/colors.js';
import { completionCells, completionColumns } from '../table/completion-columns.js';
import { lossLine, sampleLine } from '../table/lines.js';
import { PIECE_LENGTH, TableRows } from '../table/rows.js';
import { TableStacks } from '../table/stacks.js';
import { cellText, cellWidth, fit } from '../format/terminal-text.js';
import type { ColumnName } from '../schema/columns.js';
import { COMPLETIONS, isStack, type CompletionName } from '../schema/records.js';
import type { KnownRecord } from '../schema/types.gen.js';
import { isSample, type Batch, type SampleEnd, type StreamRecord } from '../batch.js';

export interface TableSinkOptions {
  /** What to show, left to right. */
  columns: readonly ColumnName[];
  /** Where the text goes. It is never ended. Default: stdout. */
  destination?: Writable | undefined;
  /** No line is wider. A function is asked for each sample anew. Unit: cells. Default: nothing is cut. */
  width?: number | (() => number | undefined) | undefined;
  /** Completions with what was read or written. Default: false. */
  payload?: boolean | undefined;
  /** The distinct stacks of each sample under its rows. Default: false. */
  stacks?: boolean | undefined;
  /** States and losses in colour. Default: false. */
  color?: boolean | undefined;
}

type Done = (error?: Error | null) => void;

/**
 * A Writable of `Batch`. Rows are collected until their sample ends, then written at once. An error of the destination
 * (EPIPE, ENOSPC) is this stream's error.
 */
export class TableSink extends Writable {
  readonly #destination: Writable;
  readonly #width: () => number | undefined;
  readonly #color: boolean;
  readonly #rows: TableRows;
  readonly #completions: ReadonlyMap<string, TableRows>;
  readonly #stacks: TableStacks | undefined;
  #losses: string[] = [];
  #timestamp: unknown;
  #rowCount = 0;
  #sampleCount = 0;
  /** Whether the sample before had rows; `undefined` when there was none. */
  #hadRows: boolean | undefined;
  /** A write has failed, and the destination has not emitted the error yet. */
  #isErrorDue = false;

  constructor({
    columns,
    destination = process.stdout,
    width,
    color = false,
    payload = false,
    stacks,
  }: TableSinkOptions) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#destination = destination;
    const ask = typeof width === 'function' ? width : () => width;
    // A terminal that does not know its width says 0.
    this.#width = () => ask() || undefined;
    this.#color = color;
    this.#rows = new TableRows(columns);
    this.#completions = new Map(COMPLETIONS.map(({ name }) => [name, new TableRows(completionColumns(name, payload))]));
    this.#stacks = stacks ? new TableStacks() : undefined;
    destination.on('error', this.#onError);
  }

  /** Rows that have come so far, in all samples. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Samples that have ended so far. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  override _write({ records, end }: Batch, _encoding: BufferEncoding, done: Done): void {
    for (const record of records) this.#take(record);
    if (end) {
      this.#sampleCount++;
      this.#writeSample(end, done);
    } else done();
  }

  /** What has come after the last end of a sample is shown, too. */
  override _final(done: Done): void {
    if (this.#rows.length > 0) this.#writeSample({ timestamp: cellText(this.#timestamp) }, done);
    else this.#send(joinPieces('', this.#takeCompletions(this.#width()), this.#takeLosses(this.#width())), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    // The destination emits the error of a write after its callback, and without a listener that ends the process.
    if (!this.#isErrorDue) this.#destination.off('error', this.#onError);
    done(error);
  }

  readonly #onError = (error: Error): void => {
    this.#destination.off('error', this.#onError);
    this.destroy(error);
  };

  #take(record: StreamRecord): void {
    if (isSample(record)) {
      this.#rows.add(record);
      this.#stacks?.add(record);
      this.#rowCount++;
      this.#timestamp = record.timestamp;
    } else if (isCompletion(record)) {
      this.#completions.get(record.type)!.add(completionCells(record));
    } else if (isStack(record)) {
      this.#stacks?.learn(record);
    } else if (record.type === 'loss') {
      this.#losses.push(lossLine(record));
    }
  }

  #takeLosses(width: number | undefined): string {
    const lines = this.#losses.map((loss) => cutLine(loss, width));
    this.#losses = [];
    return lines.map((line) => `${this.#color ? paintLoss(line) : line}\n`).join('');
  }

  #writeSample(end: SampleEnd, done: Done): void {
    const width = this.#width();
    const count = this.#rows.length;
    const isApart = this.#hadRows === true || (this.#hadRows === false && count > 0);
    this.#hadRows = count > 0;
    const rows = count > 0 ? this.#rows.take(width, this.#color) : [];
    const tail = `${this.#takeLosses(width)}${cutLine(sampleLine(end, count), width)}\n`;
    const below = chain(this.#takeStacks(width), this.#takeCompletions(width));
    this.#send(joinPieces(isApart ? '\n' : '', chain(rows, [tail], below), ''), done);
  }

  *#takeStacks(width: number | undefined): Generator<string, void> {
    for (const line of this.#stacks?.take() ?? []) yield `${cutLine(line, width)}\n`;
  }

  /** What has ended since the sample before. */
  *#takeCompletions(width: number | undefined): Generator<string, void> {
    for (const rows of this.#completions.values()) {
      if (rows.length === 0) continue;
      yield '\n';
      yield* rows.take(width, this.#color);
    }
  }

  /** One piece after the other, each when the one before is written. */
  #send(pieces: Iterator<string>, done: Done): void {
    const piece = pieces.next();
    if (piece.done) {
      done();
      return;
    }
    this.#destination.write(piece.value, (error) => {
      this.#isErrorDue = Boolean(error) && !this.#destination.closed;
      if (error) done(error);
      else this.#send(pieces, done);
    });
  }
}

const isCompletion = (record: StreamRecord): record is Extract<KnownRecord, { type: CompletionName }> =>
  COMPLETIONS.some(({ name }) => name === record.type);

function* chain(...parts: Iterable<string>[]): Generator<string, void> {
  for (const part of parts) yield* part;
}

/** A sample of usual size is one piece, so that it reaches the reader whole. */
function* joinPieces(before: string, pieces: Iterable<string>, after: string): Generator<string, void> {
  let text = before;
  for (const piece of pieces) {
    text += piece;
    if (text.length > PIECE_LENGTH) {
      yield text;
      text = '';
    }
  }
  if (text + after !== '') yield text + after;
}

function cutLine(line: string, width: number | undefined): string {
  return width === undefined || cellWidth(line) <= width ? line : fit(line, width, 'left', 'start');
}

/** Shows samples as a table. */
export function tableSink(options: TableSinkOptions): TableSink {
  return new TableSink(options);
}
