import t from 'tap';
import { layOut, tableColumn } from '../../lib/table/layout.js';
import { COLUMNS, type ColumnName } from '../../lib/schema/columns.js';
import { LAYOUTS } from '../../lib/schema/layouts.js';

const NORMAL = LAYOUTS.normal.map(tableColumn);
/** What the normal layout's columns need on a busy machine. */
const NEEDED = [27, 6, 6, 4, 8, 60, 15, 15, 20];

const lineWidth = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, widths.length - 1);
const byName = (widths: readonly number[]) =>
  Object.fromEntries(LAYOUTS.normal.map((name, at) => [name, widths[at]])) as Record<ColumnName, number | undefined>;

t.test('numbers stand at the right, text at the left, and of a path the end stays', async (t) => {
  t.match(tableColumn('tid'), { header: 'TID', align: 'right' });
  t.match(tableColumn('sysc_arg1'), { header: 'SYSC_ARG1', align: 'right' });
  t.match(tableColumn('timestamp'), { align: 'left' });
  t.match(tableColumn('comm'), { align: 'left', keep: 'start' });
  t.match(tableColumn('exe'), { align: 'left', keep: 'end' });
});

t.test('an unknown column is a mistake of the caller', async (t) => {
  t.throws(() => tableColumn('nonsense' as ColumnName), RangeError);
});

t.test('columns start at their usual width and are never narrower than their header', async (t) => {
  const columns = COLUMNS.map(({ name }) => tableColumn(name));
  for (const [at, width] of layOut(columns, [], undefined).entries()) {
    t.ok(width >= COLUMNS[at]!.width && width >= COLUMNS[at]!.name.length, COLUMNS[at]!.name);
  }
});

t.test('without a terminal a column is as wide as its content', async (t) => {
  t.equal(byName(layOut(NORMAL, NEEDED, undefined)).exe, 60);
});

t.test('without a terminal one long value does not fill all other rows with blanks', async (t) => {
  t.equal(layOut([tableColumn('cmdline')], [4096], undefined)[0], 256);
});

t.test('what fits keeps its usual width', async (t) => {
  t.strictSame(layOut(NORMAL, NEEDED, 500), layOut(NORMAL, NEEDED, undefined));
});

t.test('first columns lose what their content does not need', async (t) => {
  const needed = [27, 4, 4, 5, 8, 24, 15, 16, 12];
  const usual = lineWidth(layOut(NORMAL, needed, undefined));
  for (let width = lineWidth(needed); width <= usual; width++) {
    const widths = layOut(NORMAL, needed, width);
    t.equal(lineWidth(widths), width);
    t.ok(needed.every((cells, at) => widths[at]! >= cells));
  }
});

t.test('then the widest texts are shortened, but no number, time or state', async (t) => {
  for (let width = 80; width <= lineWidth(NEEDED); width++) {
    const widths = layOut(NORMAL, NEEDED, width);
    const { timestamp, tid, tgid, state, username, exe, comm, syscall, filename } = byName(widths);
    t.equal(lineWidth(widths), width);
    t.strictSame([timestamp, tid, tgid, state], [27, 6, 6, 5]);
    const others = [username!, comm!, syscall!, filename!];
    t.ok(Math.min(...others) >= 5 && exe! >= Math.max(...others) - 1);
  }
});

t.test('the normal layout fits into 80 cells whole, with ids of seven digits', async (t) => {
  const widths = layOut(NORMAL, [27, 7, 7, 4, 12, 200, 15, 20, 200], 80);
  t.equal(widths.length, NORMAL.length);
  t.equal(lineWidth(widths), 80);
  t.ok(Math.min(...widths) >= 5);
});

t.test('then the line is cut: the column at the edge gets what is left, those behind it nothing', async (t) => {
  t.strictSame(layOut(NORMAL, NEEDED, 45), [27, 6, 6, 3]);
  t.strictSame(layOut(NORMAL, NEEDED, 35), [27, 6]);
  t.strictSame(layOut(NORMAL, NEEDED, 34), [27, 6]);
  t.strictSame(layOut(NORMAL, NEEDED, 28), [27]);
  t.strictSame(layOut(NORMAL, NEEDED, 20), [20]);
});

t.test('no set of columns is ever wider than the terminal', async (t) => {
  for (const layout of [LAYOUTS.narrow, LAYOUTS.normal, LAYOUTS.wide, COLUMNS.map(({ name }) => name)]) {
    for (let width = 1; width <= 250; width++) {
      for (const needs of [0, 5, 30, 1e9]) {
        const widths = layOut(
          layout.map(tableColumn),
          layout.map(() => needs),
          width,
        );
        if (lineWidth(widths) > width) t.fail(`${lineWidth(widths)} cells in ${width}`);
      }
    }
  }
});

t.test('columns only grow as long as they fit', async (t) => {
  let before = layOut(NORMAL, [], 200);
  for (let needs = 0; needs < 40; needs++) {
    const widths = layOut(
      NORMAL,
      NORMAL.map((_, at) => (at === 5 ? needs : 4)),
      200,
    );
    t.ok(widths.every((width, at) => width >= before[at]!));
    before = widths;
  }
});

t.test('a number that is too long to be one of ours does not push the others out', async (t) => {
  const widths = layOut(NORMAL, [27, 5000, 6, 4, 8, 60, 15, 15, 20], 120);
  t.equal(widths.length, NORMAL.length);
  t.equal(byName(widths).tid, 32);
});
