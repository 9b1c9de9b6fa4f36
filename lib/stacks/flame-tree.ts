/** Counted stacks as the boxes of a flame graph. */
import type { Frame, FrameKind } from './frame.js';
import { CPU_CLASSES, type CpuClass, type StackCounts, type Weight } from './stack-counts.js';
import type { Picture } from './viewer/draw.js';

/** So many boxes at most, so that a browser can show them. The smallest are left out. */
const MAX_BOXES = 100_000;
/** As lib/stacks/viewer/draw.ts numbers them. */
const KIND_NUMBERS: Readonly<Record<FrameKind, number>> = { root: 0, user: 1, kernel: 2, mark: 3 };
const INLINED = 4;
const KEY_STEP = CPU_CLASSES.length + 1;
/** Distinct frames times that. With 2^28 nodes, keys stay exact. */
const MAX_KEYS = 2 ** 25;

/** There may be millions: siblings are a list, and one map finds the children of all. */
interface Node extends Record<CpuClass, number> {
  readonly id: number;
  readonly frame: number;
  readonly depth: number;
  /** Where on-CPU, off-CPU and unknown are apart: which of them. -1 at the root, where they share a box. */
  readonly cpu: number;
  readonly sibling: Node | undefined;
  child: Node | undefined;
}

const amountOf = ({ on, off, none }: Node) => on + off + none;

export interface FlameTree extends Picture {
  /** Boxes that were left out, and the amount that the widest of them has. */
  leftOut: { count: number; amount: number };
}

class TreeBuilder {
  readonly frames: [string, number][] = [];
  readonly #numbers = new Map<string, number>();
  /** By parent, frame and `cpu`. */
  readonly #children = new Map<number, Node>();
  #count = 0;
  readonly root = this.#node(this.#number({ kind: 'root', name: 'all' }), 0, -1);

  add(frames: readonly Frame[], cpu: CpuClass, amount: number): void {
    let node = this.root;
    node[cpu] += amount;
    for (const frame of frames) {
      node = this.#childOf(node, this.#number(frame), frame.kind === 'root' ? -1 : CPU_CLASSES.indexOf(cpu));
      node[cpu] += amount;
    }
  }

  readonly inOrder = (a: Node, b: Node): number => {
    const [nameA, nameB] = [this.frames[a.frame]![0], this.frames[b.frame]![0]];
    return a.cpu - b.cpu || (nameA < nameB ? -1 : nameA > nameB ? 1 : a.frame - b.frame);
  };

  #childOf(parent: Node, frame: number, cpu: number): Node {
    const key = parent.id * MAX_KEYS + frame * KEY_STEP + cpu + 1;
    let child = this.#children.get(key);
    if (!child) {
      child = this.#node(frame, parent.depth + 1, cpu, parent.child);
      parent.child = child;
      this.#children.set(key, child);
    }
    return child;
  }

  #node(frame: number, depth: number, cpu: number, sibling?: Node): Node {
    return { id: this.#count++, frame, depth, cpu, on: 0, off: 0, none: 0, sibling, child: undefined };
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

type Order = (a: Node, b: Node) => number;

/** Each node before its children. */
function* walk(root: Node, order: Order): Generator<{ node: Node; start: number }> {
  const stack = [{ node: root, start: 0 }];
  for (let next; (next = stack.pop());) {
    yield next;
    let { start } = next;
    const children: Node[] = [];
    for (let { child } = next.node; child; child = child.sibling) children.push(child);
    const placed = children.toSorted(order).map((node) => {
      const at = { node, start };
      start += amountOf(node);
      return at;
    });
    for (const at of placed.toReversed()) stack.push(at);
  }
}

/** The amount that a box must exceed, for not more than `max` to do so. */
function threshold(root: Node, max: number): number {
  const amounts: number[] = [];
  for (const { node } of walk(root, () => 0)) amounts.push(amountOf(node));
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
    builder.add(frames, counted.cpu, amount);
  }
  const { root, frames } = builder;
  const least = threshold(root, maxBoxes);
  const boxes: number[] = [];
  let leftOut = 0;
  for (const { node, start } of walk(root, builder.inOrder)) {
    if (least > 0 && amountOf(node) <= least) leftOut++;
    else boxes.push(node.depth, start, node.on, node.off, node.none, node.frame);
  }
  return {
    unit: weight === 'us' ? 'us' : 'samples',
    total: amountOf(root),
    frames,
    boxes,
    leftOut: { count: leftOut, amount: least },
  };
}
