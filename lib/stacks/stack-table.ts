/** Which stack a hash names. */
import { createHash } from 'node:crypto';
import type { StackType } from '../schema/records.js';
import { framesOf, plainFrame, type Frame, type StackRecord } from './frame.js';

export interface Stack {
  /** Tells it from all the others. */
  readonly id: number;
  /** The leaf first; a mark with the hash as long as no record has told them. */
  frames: readonly Frame[];
  isKnown: boolean;
}

export interface StackTableOptions {
  /** Names go without what follows them: `+0x12`. */
  stripOffsets: boolean;
}

const isHash = (hash: unknown): hash is string => typeof hash === 'string' && !/^0*$/.test(hash);

/**
 * A stack is kept once, however many runs and hours tell of it. Frames are kept once, however many stacks have them, so
 * that memory is bounded by what differs.
 */
export class StackTable {
  readonly #options: StackTableOptions;
  /** Of this run, by type and hash. */
  readonly #current = new Map<string, Stack>();
  /** Of all runs, by what was told. */
  readonly #known = new Map<string, Stack>();
  /** That no record has told. */
  readonly #unknown = new Map<string, Stack>();
  readonly #frames = new Map<string, Frame>();
  #count = 0;

  constructor(options: StackTableOptions) {
    this.#options = options;
  }

  /** A new run: what hashes named before is not what they name now. */
  startRun(): void {
    this.#current.clear();
    this.#unknown.clear();
  }

  /** A record has come. It may come late, or again; another one of the same hash counts from now on. */
  learn(type: StackType, hash: unknown, record: StackRecord): void {
    if (!isHash(hash)) return;
    const key = `${type} ${hash}`;
    const content = `${key} ${digestOf(record)}`;
    let stack = this.#known.get(content);
    if (!stack) {
      const frames = framesOf(record, type === 'kstack' ? 'kernel' : 'user', this.#options.stripOffsets);
      if (frames.length === 0) return;
      stack = this.#unknown.get(key) ?? { id: this.#count++, frames: [], isKnown: true };
      stack.frames = frames.map((frame) => this.#shared(frame));
      stack.isKnown = true;
      this.#known.set(content, stack);
      this.#unknown.delete(key);
    }
    this.#current.set(key, stack);
  }

  /** What a sample names; `undefined` when it names none. */
  find(type: StackType, hash: unknown): Stack | undefined {
    if (!isHash(hash)) return undefined;
    const key = `${type} ${hash}`;
    let stack = this.#current.get(key) ?? this.#unknown.get(key);
    if (!stack) {
      stack = { id: this.#count++, frames: [plainFrame('mark', `[${key}]`)], isKnown: false };
      this.#unknown.set(key, stack);
    }
    return stack;
  }

  #shared(frame: Frame): Frame {
    const key = JSON.stringify(Object.values(frame));
    const known = this.#frames.get(key);
    if (!known) this.#frames.set(key, frame);
    return known ?? frame;
  }
}

const digestOf = ({ syms, frames }: StackRecord) =>
  createHash('sha1')
    .update(JSON.stringify([syms, frames]))
    .digest('base64');
