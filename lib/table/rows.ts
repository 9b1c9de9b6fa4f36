/** The rows of one sample, or of completions, on their way to text. Widths are in terminal cells. */
import type { ColumnName } from '../schema/columns.js';
import { paintState } from './colors.js';
import { GAP, layOut, tableColumn, type TableColumn } from './layout.js';
import { cellText, cellWidth, fit, pad } from '../format/terminal-text.js';

/** The text of a large sample is made piece by piece, while it is written. Unit: UTF-16 units. */
export const PIECE_LENGTH = 1 << 15;

/**
 * The cells of one column. Neighbours are often equal, being threads of one process; then they cost next to nothing.
 */
class Cells {
  readonly column: TableColumn;
  /** The most that any value has needed so far, in all samples, so that columns stay where they are. */
  needed = 0;
  /** Numbers stay numbers while they wait, because they are smaller. The next sample overwrites them. */
  readonly #values: (string | number)[] = [];
  #last: unknown;
  #lastText = cellText(undefined);

  constructor(column: TableColumn) {
    this.column = column;
  }

  set(row: number, value: unknown): void {
    if (typeof value === 'number') {
      this.#values[row] = value;
      // Without text for the usual number, which has no more digits than those before.
      if (!(value >= 0 && value < 10 ** this.needed && Number.isInteger(value))) this.#grow(String(value));
      return;
    }
    if (value !== this.#last) {
      this.#last = value;
      this.#lastText = cellText(value);
      this.#grow(this.#lastText);
    }
    this.#values[row] = this.#lastText;
  }

  #grow(text: string): void {
    this.needed = Math.max(this.needed, cellWidth(text));
  }

  /** Gives one row's cell after the other, made `width` wide by `shape`. */
  shaper(width: number, shape: typeof fit, color: boolean): (row: number) => string {
    const { name, align, keep } = this.column;
    const values = this.#values;
    const isPainted = color && name === 'state';
    let last: string | number | undefined;
    let lastText = '';
    return (row) => {
      const value = values[row]!;
      if (value !== last) {
        last = value;
        lastText = shape(String(value), width, align, keep);
        if (isPainted) lastText = paintState(value, lastText);
      }
      return lastText;
    };
  }
}

/** Collects rows until their sample ends. */
export class TableRows {
  readonly #cells: readonly Cells[];
  #length = 0;

  /** @param columns of samples by their names, others as they are */
  constructor(columns: readonly (ColumnName | TableColumn)[]) {
    this.#cells = columns.map((column) => new Cells(typeof column === 'string' ? tableColumn(column) : column));
  }

  get length(): number {
    return this.#length;
  }

  /** @param row a record; its values may be anything */
  add(row: object): void {
    const values = row as Readonly<Record<string, unknown>>;
    for (const cells of this.#cells) cells.set(this.#length, values[cells.column.name]);
    this.#length++;
  }

  /** Takes the rows out: a header and their lines, in pieces. */
  *take(terminalWidth: number | undefined, color: boolean): Generator<string, void> {
    const columns = this.#cells.map(({ column }) => column);
    const needed = this.#cells.map((cells) => cells.needed);
    const widths = layOut(columns, needed, terminalWidth);
    const shape = terminalWidth === undefined ? pad : fit;
    const shapers = widths.map((width, at) => this.#cells[at]!.shaper(width, shape, color));
    const headers = widths.map((width, at) => shape(columns[at]!.header, width, columns[at]!.align, 'start'));
    let lines = `${headers.join(GAP).trimEnd()}\n`;
    for (let row = 0; row < this.#length; row++) {
      if (lines.length > PIECE_LENGTH) {
        yield lines;
        lines = '';
      }
      lines += `${shapers
        .map((shaper) => shaper(row))
        .join(GAP)
        .trimEnd()}\n`;
    }
    this.#length = 0;
    yield lines;
  }
}
