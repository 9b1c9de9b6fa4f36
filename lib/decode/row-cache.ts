/**
 * The last row of each thread, so that a thread which has not moved since need not be decoded again. There is room for
 * some thousand threads; of more than that some have a place here and the others do without, because threads that drive
 * each other out would cost more than they save.
 */
import { PartCache } from './part-cache.js';
import type { SampleRow } from './sample.gen.js';

/** Most entries are shorter. Unit: words. */
const MAX_WORDS = 80;
const SLOTS = 8192;

export class RowCache {
  readonly #rows = new PartCache<SampleRow>(MAX_WORDS);
  /** The sample in which the row of each slot was last of use. */
  readonly #used = new Float64Array(SLOTS);

  get(words: Uint32Array, at: number, length: number, tid: number, sample: number): SampleRow | undefined {
    const row = this.#rows.get(words, at, length, tid);
    if (row !== undefined) this.#used[PartCache.slotOf(tid)] = sample;
    return row;
  }

  set(words: Uint32Array, at: number, length: number, tid: number, sample: number, row: SampleRow): void {
    const slot = PartCache.slotOf(tid);
    const used = this.#used[slot]!;
    // Its thread has been seen in this sample or in the one before, and is not the same.
    if (sample - used <= 1 && this.#rows.valueAt(slot)?.tid !== tid) return;
    this.#used[slot] = sample;
    this.#rows.set(words, at, length, tid, row);
  }
}
