/**
 * What pieces of the byte stream have been made into. A thread that waits works on the same file or socket in each
 * sample, and to compare its bytes is many times faster than to make the same text or object again.
 */

/** A power of two. What falls into the same slot takes it over. */
const SLOTS = 8192;

/** @template Value what pieces are made into */
export class PartCache<Value> {
  readonly #maxWords: number;
  /** The pieces, each at a fixed place: an array for each would cost more than what it holds. */
  readonly #pieces: Uint32Array;
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #values: (Value | undefined)[] = Array.from({ length: SLOTS });

  /** @param maxWords longer pieces are not kept; up to 255 */
  constructor(maxWords: number) {
    this.#maxWords = maxWords;
    this.#pieces = new Uint32Array(SLOTS * maxWords);
  }

  static slotOf(key: number): number {
    return (key ^ (key >>> 13)) & (SLOTS - 1);
  }

  /** What the slot holds. */
  valueAt(slot: number): Value | undefined {
    return this.#values[slot];
  }

  /**
   * What these words were made into when they were met last; `undefined` when they have not been met lately.
   * @param key what tells most pieces apart
   */
  get(words: Uint32Array, at: number, length: number, key: number): Value | undefined {
    const slot = PartCache.slotOf(key);
    if (this.#lengths[slot] !== length) return undefined;
    const pieces = this.#pieces;
    const start = slot * this.#maxWords;
    for (let i = 0; i < length; i++) if (pieces[start + i] !== words[at + i]) return undefined;
    return this.#values[slot];
  }

  /** Keeps the value, and gives it back. */
  set(words: Uint32Array, at: number, length: number, key: number, value: Value): Value {
    if (length > this.#maxWords) return value;
    const slot = PartCache.slotOf(key);
    const start = slot * this.#maxWords;
    for (let i = 0; i < length; i++) this.#pieces[start + i] = words[at + i]!;
    this.#lengths[slot] = length;
    this.#values[slot] = value;
    return value;
  }
}
