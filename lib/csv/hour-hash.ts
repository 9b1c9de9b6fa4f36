/** What makes the hash of a stack belong to its hour in CSV, so that a join over several hours counts nothing twice. */
import { fnv1a64 } from './fnv1a.js';

const HASH = /^[0-9a-f]{16}$/;
/** Distinct stacks of one hour whose hash is kept. */
const MAX_CACHED = 16384;

export class HourHash {
  readonly #mask: bigint;
  readonly #rekeyed = new Map<string, string>();

  /** @param hour as in `2026-11-23.01` */
  constructor(hour: string) {
    this.#mask = fnv1a64(hour);
  }

  /** From a stack's hash to that of the hour, and back. What is no hash stays as it is. */
  rekey(hash: string): string {
    let rekeyed = this.#rekeyed.get(hash);
    if (rekeyed === undefined) {
      rekeyed = HASH.test(hash) ? (BigInt(`0x${hash}`) ^ this.#mask).toString(16).padStart(16, '0') : hash;
      if (this.#rekeyed.size >= MAX_CACHED) this.#rekeyed.clear();
      this.#rekeyed.set(hash, rekeyed);
    }
    return rekeyed;
  }
}

/** Where hashes do not belong to an hour. */
export const PLAIN_HASHES: Pick<HourHash, 'rekey'> = { rekey: (hash) => hash };
