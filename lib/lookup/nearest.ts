/** "Did you mean …?" */
import { closest, distance } from 'fastest-levenshtein';

/** The candidate that is spelt most alike; `undefined` when none is near enough to be meant. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const best = closest(typed, [...candidates]);
  return best !== undefined && distance(typed, best) <= Math.max(2, Math.floor(typed.length / 3)) ? best : undefined;
}
