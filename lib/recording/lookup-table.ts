/** What lookup table records (`kstack`, `ustack`, `cgroup`) have told, to be told again in each hour that needs it. */
import type { Values } from '../csv/codecs.js';

/**
 * What was used longest ago goes first. The sampler forgets what it has told after 8192 stacks (bpf/xcapture.h), and so
 * many of the longest fit. Unit: UTF-16 units.
 */
const MAX_TEXT = 64 << 20;
/** What an entry takes besides its texts. */
const ENTRY_OVERHEAD = 200;

const sizeOf = (record: Values) =>
  Object.values(record).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 0),
    ENTRY_OVERHEAD,
  );

export class LookupTable {
  readonly #entries = new Map<unknown, Values>();
  #size = 0;

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(key: unknown): Values | undefined {
    return this.#entries.get(key);
  }

  /** Also makes it the one used last. The newer of two wins. */
  set(key: unknown, record: Values): void {
    const before = this.#entries.get(key);
    if (before) this.#size -= sizeOf(before);
    this.#entries.delete(key);
    this.#entries.set(key, record);
    this.#size += sizeOf(record);
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= MAX_TEXT || oldest === key) break;
      this.#entries.delete(oldest);
      this.#size -= sizeOf(entry);
    }
  }
}
