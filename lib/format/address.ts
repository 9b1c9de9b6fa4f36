/** Addresses of the Internet as text. */

const MAPPED_WORD = 0xffff;

/** Four bytes as `10.0.0.1`. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** Where the longest run of at least two zero groups starts and how long it is; the first of equals. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/**
 * Sixteen bytes in the form of RFC 5952, between brackets, so that a port can follow: `[::1]`. An IPv4-mapped address
 * is shown as IPv4.
 */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[at + 2 * i]! * 256 + bytes[at + 2 * i + 1]!);
  if (groups[5] === MAPPED_WORD && groups.slice(0, 5).every((group) => group === 0)) return formatIpv4(bytes, at + 12);
  const hex = groups.map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  if (start < 0) return `[${hex.join(':')}]`;
  return `[${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}]`;
}
