/** Counted stacks as the boxes of a flame graph. */
import type { Frame, FrameKind } from './frame.js';
import { CPU_CLASSES, type StackCounts, type Weight } from './stack-counts.js';
import type { Picture } from './viewer/draw.js';

/** So many boxes at most, so that a browser can show them. The smallest are left out. */
const MAX_BOXES = 100_000;
/** As lib/stacks/viewer/draw.ts numbers them. */
const KIND_NUMBERS: Readonly<Record<FrameKind, number>> = { root: 0, user: 1, kernel: 2, mark: 3 };
const INLINED = 4;

interface Node {
  readonly frame: number;
  readonly depth: number;
  readonly name: string;
  /** Where on-CPU, off-CPU and unknown are apart: which of them. -1 at the root, where they share a box. */
  readonly cpu: number;
  readonly amounts: number[];
  readonly children: Map<string, Node>;
}

const amountOf = ({ amounts }: Node) => amounts.reduce((sum, amount) => sum + amount, 0);

const inOrder = (a: Node, b: Node) => a.cpu - b.cpu || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.frame - b.frame);

export interface FlameTree extends Picture {
  /** Boxes that were left out, and the amount that the widest of them has. */
  leftOut: { count: number; amount: number };
}

class TreeBuilder {
  readonly frames: [string, number][] = [];
  readonly #numbers = new Map<string, number>();
  readonly root = this.#node({ kind: 'root', name: 'all' }, 0, -1);

  add(frames: readonly Frame[], cpu: number, amount: number): void {
    let node = this.root;
    node.amounts[cpu]! += amount;
    for (const frame of frames) {
      const own = frame.kind === 'root' ? -1 : cpu;
      const key = `${own} ${this.#number(frame)}`;
      let child = node.children.get(key);
      if (!child) node.children.set(key, (child = this.#node(frame, node.depth + 1, own)));
      node = child;
      node.amounts[cpu]! += amount;
    }
  }

  #node(
    frame: Pick<Frame, 'kind' | 'name' | 'isInlined'> | { kind: 'root'; name: string },
    depth: number,
    cpu: number,
  ): Node {
    const { name } = frame;
    return { frame: this.#number(frame), depth, name, cpu, amounts: CPU_CLASSES.map(() => 0), children: new Map() };
  }

  #number(frame: { kind: FrameKind; name: string; isInlined?: boolean }): number {
    const kind = frame.isInlined && frame.kind === 'user' ? INLINED : KIND_NUMBERS[frame.kind];
    const key = `${kind} ${frame.name}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.frames.push([frame.name, kind]) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Each node before its children. */
function* walk(root: Node): Generator<{ node: Node; start: number }> {
  const stack = [{ node: root, start: 0 }];
  for (let next; (next = stack.pop());) {
    yield next;
    let { start } = next;
    const children = [...next.node.children.values()].toSorted(inOrder).map((node) => {
      const child = { node, start };
      start += amountOf(node);
      return child;
    });
    for (const child of children.toReversed()) stack.push(child);
  }
}

/** The amount that a box must exceed, for not more than `max` to do so. */
function threshold(root: Node, max: number): number {
  const amounts: number[] = [];
  for (const { node } of walk(root)) amounts.push(amountOf(node));
  return amounts.length <= max ? 0 : amounts.toSorted((a, b) => b - a)[max]!;
}

/**
 * Frames at the root have one box, with a part for what was on a CPU and one for what was not; above them each has
 * boxes of its own, so that every box has one colour.
 * @param maxBoxes for tests
 */
export function flameTree(counts: StackCounts, weight: Weight, maxBoxes = MAX_BOXES): FlameTree {
  const builder = new TreeBuilder();
  for (const counted of counts.all()) {
    const amount = counted[weight];
    if (amount === 0) continue;
    const frames = [...counts.rootsOf(counted), ...counts.framesOf(counted)];
    builder.add(frames, CPU_CLASSES.indexOf(counted.cpu), amount);
  }
  const { root, frames } = builder;
  const least = threshold(root, maxBoxes);
  const boxes: number[] = [];
  let leftOut = 0;
  for (const { node, start } of walk(root)) {
    if (least > 0 && amountOf(node) <= least) leftOut++;
    else boxes.push(node.depth, start, ...node.amounts, node.frame);
  }
  return {
    unit: weight === 'us' ? 'us' : 'samples',
    total: amountOf(root),
    frames,
    boxes,
    leftOut: { count: leftOut, amount: least },
  };
}
