/** A profile for speedscope. Source: https://www.speedscope.app/file-format-schema.json */
import type { Frame } from './frame.js';
import { annotated } from './folded.js';
import type { StackCounts, Weight } from './stack-counts.js';
import { version } from '../version.js';

interface SpeedscopeFrame {
  name: string;
  file?: string;
  line?: number;
}

/** Frames that look the same are one, whatever their addresses. */
class FrameList {
  readonly frames: SpeedscopeFrame[] = [];
  readonly #indices = new Map<string, number>();
  readonly #byFrame = new Map<Frame, number>();

  indexOf(frame: Frame): number {
    let index = this.#byFrame.get(frame);
    if (index === undefined) {
      index = this.#add(frame);
      // What --by puts at the root is made anew for each stack.
      if (frame.kind !== 'root') this.#byFrame.set(frame, index);
    }
    return index;
  }

  #add(frame: Frame): number {
    const shown: SpeedscopeFrame = { name: annotated(frame) };
    const file = frame.file ?? frame.module;
    if (file !== undefined) shown.file = file;
    if (frame.file !== undefined && frame.line !== undefined) shown.line = frame.line;
    const key = JSON.stringify(shown);
    const index = this.#indices.get(key) ?? this.frames.push(shown) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

/** One `sampled` profile of all stacks. In pieces, because it may be long. */
export function* speedscope(counts: StackCounts, weight: Weight): Generator<string> {
  const list = new FrameList();
  let total = 0;
  const weights: number[] = [];
  yield '{"$schema":"https://www.speedscope.app/file-format-schema.json","profiles":[{"type":"sampled","samples":[';
  for (const counted of counts.all()) {
    if (counted[weight] === 0) continue;
    const indices = [...counts.rootsOf(counted), ...counts.framesOf(counted)].map((frame) => list.indexOf(frame));
    yield `${weights.length === 0 ? '' : ','}\n${JSON.stringify(indices)}`;
    weights.push(counted[weight]);
    total += counted[weight];
  }
  const unit = weight === 'us' ? 'microseconds' : 'none';
  const rest = { weights, name: 'xcapture', unit, startValue: 0, endValue: total };
  yield `],\n${JSON.stringify(rest).slice(1)}],\n`;
  const file = { shared: { frames: list.frames }, name: 'xcapture', exporter: `xcapture ${version()}` };
  yield `${JSON.stringify({ ...file, activeProfileIndex: 0 }).slice(1)}\n`;
}
