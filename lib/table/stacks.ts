/** The stacks of a sample, to be printed under its table. */
import { frameText, type StackFrame } from '../schema/frames.js';
import { STACKS, type StackType } from '../schema/records.js';
import type { KstackRecord, SampleRecord, UstackRecord } from '../schema/types.gen.js';
import { cellText } from '../format/terminal-text.js';

/** More than the sampler emits before it emits one again; of more than that the oldest are forgotten. */
const MAX_KNOWN = 16_384;
const INDENT = '    ';

/** What a recording in CSV has is the text of all frames; a stream has the frames. */
function linesOf({ syms, frames }: { syms?: unknown; frames?: unknown }): string[] {
  if (typeof syms === 'string') return syms.split(';');
  return Array.isArray(frames) ? (frames as StackFrame[]).map(frameText) : [];
}

export class TableStacks {
  readonly #known = { kstack: new Map<string, string[]>(), ustack: new Map<string, string[]>() };
  /** By its hash, how many rows of the sample have it. */
  #counts = { kstack: new Map<string, number>(), ustack: new Map<string, number>() };

  learn({ type, hash, syms, frames }: KstackRecord | UstackRecord): void {
    const known = this.#known[type];
    known.delete(hash);
    known.set(hash, linesOf({ syms, frames }));
    for (const [oldest] of known) {
      if (known.size <= MAX_KNOWN) break;
      known.delete(oldest);
    }
  }

  /** A row of the sample. */
  add(row: SampleRecord): void {
    for (const { name: type, namedBy } of STACKS) {
      const hash = row[namedBy];
      if (hash !== undefined) this.#counts[type].set(hash, (this.#counts[type].get(hash) ?? 0) + 1);
    }
  }

  /**
   * The lines of the sample, each without its newline: of every stack its name, its frames, and an empty one before.
   */
  *take(): Generator<string, void> {
    const counts = this.#counts;
    this.#counts = { kstack: new Map(), ustack: new Map() };
    for (const { name: type } of STACKS) {
      for (const [hash, count] of counts[type]) yield* this.#linesOf(type, hash, count);
    }
  }

  *#linesOf(type: StackType, hash: string, count: number): Generator<string, void> {
    const frames = this.#known[type].get(hash) ?? ['its frames were not told'];
    yield '';
    yield `${type} ${cellText(hash)}, ${count} ${count === 1 ? 'task' : 'tasks'}`;
    for (const frame of frames) yield `${INDENT}${cellText(frame)}`;
  }
}
