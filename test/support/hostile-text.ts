/** Text as nobody wants it, for property tests. The same seed gives the same texts. */

const PIECES = [
  ['a', 'Z', '0', ' ', '/', '.', '-', '\\', '"', ','],
  ['\n', '\r', '\t', '\0', '\x07', '\b', '\x1b[31m', '\x1b]0;title\x07', '\x7f', '\x85', '\x9b2J'],
  ['\u061c', '\u200b', '\u200d', '\u200e', '\u2028', '\u2029', '\u202e', '\u2066', '\u2069', '\ufeff', '\u00ad'],
  ['\ud83d', '\udc69', '\u{e0067}', '\u{10ffff}', '\ufffd', '\ufe0f', '\ue0b0', '\u3164'],
  ['日', '本', 'ｱﾞ', 'ｗ', '한', '\u1112\u1161\u11ab', 'é', 'e\u0301', '\u0301', 'नि', 'ไม้', 'א', 'ع', '\u0d4e'],
  ['😀', '👩🏽\u200d💻', '👨\u200d👩\u200d👧', '🏳\ufe0f\u200d🌈', '🇩🇪', '🇩', '1\ufe0f\u20e3', '☁\ufe0f', '☁', '…'],
].flat();

/** Numbers from 0 up to 1, by the generator mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A text of up to `pieces` pieces. */
export function hostileText(random: () => number, pieces: number): string {
  const length = Math.floor(random() * (pieces + 1));
  return Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]!).join('');
}
