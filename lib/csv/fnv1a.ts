/** 64-bit FNV-1a. Source: http://www.isthe.com/chongo/tech/comp/fnv/ */

const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/** Of the text's UTF-8. */
export function fnv1a64(text: string): bigint {
  return new TextEncoder()
    .encode(text)
    .reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME), OFFSET_BASIS);
}
