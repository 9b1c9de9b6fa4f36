/** What makes the hash of a stack belong to its hour in CSV, so that a join over several hours counts nothing twice. */
import { fnv1a64 } from './fnv1a.js';

const HASH = /^[0-9a-f]{16}$/;
/** Distinct stacks of one hour whose hash is kept. */
const MAX_CACHED = 16384;

export class HourKey {
  readonly #mask: bigint;
  readonly #toggled = new Map<string, string>();

  /** @param hour as in `2026-11-23.01` */
  constructor(hour: string) {
    this.#mask = fnv1a64(hour);
  }

  /** From a stack's hash to that of the hour, and back. What is no hash stays as it is. */
  toggle(hash: string): string {
    let toggled = this.#toggled.get(hash);
    if (toggled === undefined) {
      toggled = HASH.test(hash) ? (BigInt(`0x${hash}`) ^ this.#mask).toString(16).padStart(16, '0') : hash;
      if (this.#toggled.size >= MAX_CACHED) this.#toggled.clear();
      this.#toggled.set(hash, toggled);
    }
    return toggled;
  }
}

/** Where hashes do not belong to an hour. */
export const PLAIN_KEYS: Pick<HourKey, 'toggle'> = { toggle: (hash) => hash };
