/** How wide the columns of the table are. Widths are in terminal cells. */
import { COLUMN_BY_NAME, type ColumnName } from '../schema/columns.js';
import type { Align, Keep } from '../format/terminal-text.js';

export interface TableColumn {
  readonly name: string;
  readonly header: string;
  readonly align: Align;
  readonly keep: Keep;
  /** Its width while the content needs no more and the terminal has room. */
  readonly usual: number;
  /** It is not made narrower than this while its content needs as much. */
  readonly floor: number;
}

/** Between two columns. */
export const GAP = ' ';
/** No number, time or state of ours is longer. A longer value is somebody else's, and may be cut. */
const LONGEST_RIGID = 32;
/** Least width of a text, header included: the columns of the normal layout then fit into 80 cells. */
const SHORTEST_TEXT = 5;
/**
 * Without a terminal a longer value stands whole and moves the rest of its row. Otherwise a single command line of
 * 4096 bytes would fill 20,000 rows with 80 MB of blanks.
 */
const WIDEST_PADDED = 256;

/** How the table shows a column. */
export function tableColumn(name: ColumnName): TableColumn {
  const column = COLUMN_BY_NAME.get(name);
  if (!column) throw new RangeError(`no column is named ${name}`);
  // Text of a closed set is as good as a number.
  const isFlexible = column.type === 'text' && !column.values;
  return {
    name,
    header: name.toUpperCase(),
    align: column.type === 'integer' || column.type === 'hex' ? 'right' : 'left',
    keep: column.text === 'path' ? 'end' : 'start',
    usual: Math.max(column.width, name.length),
    floor: isFlexible ? SHORTEST_TEXT : Math.max(LONGEST_RIGID, name.length),
  };
}

/** A column that is none of a sample's. */
export const numericColumn = (name: string, width: number): TableColumn => rigid(name, width, 'right');
export const textColumn = (name: string, width: number): TableColumn => rigid(name, width, 'left');

function rigid(name: string, width: number, align: Align): TableColumn {
  const usual = Math.max(width, name.length);
  return { name, header: name.toUpperCase(), align, keep: 'start', usual, floor: Math.max(LONGEST_RIGID, usual) };
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}

/** Takes from the widest above its floor, the last of equals, until the sum is `room` or all are at their floors. */
function shrink(widths: readonly number[], floors: readonly number[], room: number): number[] {
  const shrunk = [...widths];
  for (let excess = sum(shrunk) - room; excess > 0; excess--) {
    let widest = -1;
    for (const [at, width] of shrunk.entries()) {
      if (width > floors[at]! && (widest < 0 || width >= shrunk[widest]!)) widest = at;
    }
    if (widest < 0) break;
    shrunk[widest]!--;
  }
  return shrunk;
}

/** Cuts at the edge: the column that crosses it gets what is left of the line, the columns behind it nothing. */
function cutAtEdge(widths: readonly number[], terminalWidth: number): number[] {
  const inside: number[] = [];
  let left = terminalWidth;
  for (const width of widths) {
    if (left <= 0) break;
    inside.push(Math.min(width, left));
    left -= width + GAP.length;
  }
  return inside;
}

/**
 * The widths of the columns, left to right. On a narrow terminal columns first lose what their content has not needed
 * so far, then texts are made shorter, then the line is cut: fewer widths than columns.
 * @param needed the most that the content of each column has needed so far
 * @param terminalWidth `undefined`: nothing is ever cut
 */
export function layOut(
  columns: readonly TableColumn[],
  needed: readonly number[],
  terminalWidth: number | undefined,
): number[] {
  const most = terminalWidth ?? WIDEST_PADDED;
  const needs = columns.map(({ header }, at) => Math.min(most, Math.max(header.length, needed[at] ?? 0)));
  const wanted = columns.map(({ usual }, at) => Math.max(usual, needs[at]!));
  if (terminalWidth === undefined) return wanted;
  const room = terminalWidth - GAP.length * (columns.length - 1);
  const floors = columns.map(({ floor }, at) => Math.min(floor, needs[at]!));
  return cutAtEdge(shrink(shrink(wanted, needs, room), floors, room), terminalWidth);
}
