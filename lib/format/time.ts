/** Times as text. */

const NS_PER_MS = 1_000_000n;

/** RFC 3339 in UTC with microseconds, `2026-11-23T01:07:28.350568Z`. */
export function formatUtc(wallNs: bigint): string {
  const ms = wallNs / NS_PER_MS;
  const us = (wallNs / 1000n) % 1000n;
  return `${new Date(Number(ms)).toISOString().slice(0, -1)}${us.toString().padStart(3, '0')}Z`;
}

/** The same for now, by the clock that the records use. */
export function formatNow(): string {
  return formatUtc(BigInt(Date.now()) * NS_PER_MS);
}
