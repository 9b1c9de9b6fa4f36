/** The boxes of a flame graph, and what is drawn of them. */
import t from 'tap';
import { flameTree, type FlameTree } from '../../lib/stacks/flame-tree.js';
import { describe, draw, STRIDE } from '../../lib/stacks/viewer/draw.js';
import { both, counted, HEADER, KSTACK, sample, USTACK } from '../support/stacks.js';

const KINDS = ['root', 'user', 'kernel', 'mark', 'inlined'];

/** Depth, start, amounts on, off and unknown, name and kind of each box. */
function boxesOf({ boxes, frames }: FlameTree): unknown[][] {
  return Array.from({ length: boxes.length / STRIDE }, (_, box) => {
    const numbers = boxes.slice(box * STRIDE, (box + 1) * STRIDE);
    const [name, kind] = frames[numbers.pop()!]!;
    return [...numbers, name, KINDS[kind]!];
  });
}

const RECORDS = [
  HEADER,
  USTACK,
  KSTACK,
  sample({ comm: 'b' }),
  both(),
  both({ kstack_hash: undefined, state: 'RUN' }),
  both({ kstack_hash: undefined, state: 'RUNQ' }),
];

t.test('frames at the root are shared by on- and off-CPU, the others are apart, what is on a CPU first', async (t) => {
  const tree = flameTree(await counted(RECORDS, { stripOffsets: true }), 'count');
  t.strictSame(boxesOf(tree), [
    [0, 0, 2, 2, 0, 'all', 'root'],
    [1, 0, 2, 1, 0, 'app', 'root'],
    [2, 0, 2, 0, 0, 'main', 'user'],
    [3, 0, 2, 0, 0, 'caller', 'user'],
    [4, 0, 2, 0, 0, 'inner', 'inlined'],
    [5, 0, 2, 0, 0, 'leaf', 'user'],
    [2, 2, 0, 1, 0, 'main', 'user'],
    [3, 2, 0, 1, 0, 'caller', 'user'],
    [4, 2, 0, 1, 0, 'inner', 'inlined'],
    [5, 2, 0, 1, 0, 'leaf', 'user'],
    [6, 2, 0, 1, 0, 'do_syscall_64', 'kernel'],
    [7, 2, 0, 1, 0, 'vfs_read', 'kernel'],
    [8, 2, 0, 1, 0, 'schedule', 'kernel'],
    [1, 3, 0, 1, 0, 'b', 'root'],
    [2, 3, 0, 1, 0, '[no stack]', 'mark'],
  ]);
  t.equal(describe(tree, 1), 'app (3 samples, 75.00%; 2 samples on-CPU, 1 sample off-CPU)');
  t.equal(describe(tree, 12), 'schedule (1 sample, 25.00%, kernel; off-CPU)');
});

t.test('the smallest boxes are left out when there are too many, and it is told how large they are', async (t) => {
  const tree = flameTree(await counted(RECORDS, { stripOffsets: true }), 'us', 7);
  t.strictSame(
    boxesOf(tree).map((box) => box[5]),
    ['all', 'app', 'main', 'caller', 'inner', 'leaf'],
  );
  t.strictSame(tree.leftOut, { count: 9, amount: 50_000 });
});

t.test('a stack of a million frames is no recursion', async (t) => {
  const syms = Array.from({ length: 200_000 }, (_, index) => `f${index % 10}`).join(';');
  const tree = flameTree(await counted([HEADER, { ...KSTACK, syms }, both({ ustack_hash: undefined })]), 'count');
  t.equal(tree.leftOut.count + tree.boxes.length / STRIDE, 200_002);
});

const rects = (markup: string) =>
  [...markup.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)" height="\d+" class="([^"]+)"\/>/g)].map(
    ([, x, , width, color]) => [Number(x), Math.round(Number(width)), color!.replace(/-\d$/, '')],
  );

t.test('a box fills the picture when it is zoomed, those below it stay, and others go', async (t) => {
  const tree = flameTree(await counted(RECORDS, { stripOffsets: true, side: 'kernel' }), 'count');
  t.strictSame(boxesOf(tree).slice(0, 4), [
    [0, 0, 2, 2, 0, 'all', 'root'],
    [1, 0, 2, 1, 0, 'app', 'root'],
    [2, 0, 2, 0, 0, '[no kernel stack]', 'mark'],
    [2, 2, 0, 1, 0, 'do_syscall_64', 'kernel'],
  ]);
  const view = { width: 400, zoomed: 0, matches: () => false };
  const all = rects(draw(tree, view).markup);
  t.strictSame(all.slice(0, 6), [
    [0, 200, 'on-root'],
    [200, 200, 'off-root'],
    [0, 200, 'on-root'],
    [200, 100, 'off-root'],
    [0, 200, 'on-mark'],
    [200, 100, 'off-kernel'],
  ]);
  const { markup } = draw(tree, { ...view, zoomed: 3 });
  t.strictSame(rects(markup), [
    [0, 400, 'off-root'],
    [0, 400, 'off-root'],
    [0, 400, 'off-kernel'],
    [0, 400, 'off-kernel'],
    [0, 400, 'off-kernel'],
  ]);
  t.equal([...markup.matchAll(/class="below"/g)].length, 2);
});

t.test('what a search finds is counted once, with what is on top of it', async (t) => {
  const tree = flameTree(await counted(RECORDS, { stripOffsets: true }), 'count');
  const found = (regex: RegExp) => {
    const { matched, markup } = draw(tree, { width: 400, zoomed: 0, matches: (name) => regex.test(name) });
    return [matched, rects(markup).filter(([, , color]) => color === 'hit').length];
  };
  t.strictSame(found(/main|leaf|schedule/), [3, 5]);
  t.strictSame(found(/no stack|vfs/), [2, 2]);
  t.strictSame(found(/^app$/), [3, 2]);
  t.strictSame(found(/nothing|^all$/), [0, 0]);
});
