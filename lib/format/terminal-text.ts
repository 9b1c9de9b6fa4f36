/** Text for a terminal: nothing in it acts on the terminal, and its width is known. Widths are in terminal cells. */
import stringWidth from 'string-width';

export type Align = 'left' | 'right';
/** Which end of a text stays when it is too wide. */
export type Keep = 'start' | 'end';

const ELLIPSIS = '…';
const PLAIN = /^[ -~]*$/;
/**
 * Controls, line and paragraph separators, lone surrogates, and all that cannot be seen (bidirectional controls,
 * zero-width characters, tags), because it makes two names look the same. Code points that this ICU does not know,
 * too: nobody can say how wide they are. Private use and variation selectors stay, and so does a joiner in an emoji.
 */
const UNSAFE =
  /(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d\p{Extended_Pictographic}|[\p{Co}\ufe00-\ufe0f])[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** As much text as a cache may hold before it starts anew. Unit: UTF-16 units. */
const MAX_CACHED_LENGTH = 1 << 20;
/** Segmenting a text takes a time that grows with the square of its length. Unit: UTF-16 units. */
const MAX_MEASURED_LENGTH = 2048;

const segmenter = new Intl.Segmenter();

/** A bounded cache, because segmenting takes microseconds and the same names come again in each sample. */
class TextCache<Value> {
  readonly #values = new Map<string, Value>();
  #length = 0;

  get(key: string, compute: () => Value): Value {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = compute();
      this.#length += key.length;
      if (this.#length > MAX_CACHED_LENGTH) {
        this.#values.clear();
        this.#length = key.length;
      }
      this.#values.set(key, value);
    }
    return value;
  }
}

const widths = new TextCache<number>();
const cuts = new TextCache<string>();

function escapeOne(char: string): string {
  const short = SHORT_ESCAPES[char];
  if (short !== undefined) return short;
  const hex = char.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/**
 * Shows what a terminal may act on or does not show as an escape: `\n`, `\x1b`, `\u202e`, `\u{e0067}`. A backslash
 * stays as it is, for names of systemd's units are full of them; NDJSON has the exact text.
 */
export function escapeControls(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escapeOne);
}

/** Any value as text of one line: `-` for a missing one, JSON for what is neither text nor a number. */
export function cellText(value: unknown): string {
  if (typeof value === 'string') return escapeControls(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value === undefined || value === null) return '-';
  try {
    return escapeControls(JSON.stringify(value) ?? typeof value);
  } catch {
    return typeof value; // refers to itself, or its toJSON() throws
  }
}

/** A long text is measured in parts: a cluster where two meet counts for both, never for too little. */
function measure(text: string): number {
  let width = 0;
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + MAX_MEASURED_LENGTH;
    if (/[\ud800-\udbff]/.test(text.charAt(end - 1))) end++;
    width += stringWidth(text.slice(start, end));
  }
  return width;
}

/** How many cells the text takes. It must have been through `escapeControls`. */
export function cellWidth(text: string): number {
  return PLAIN.test(text) ? text.length : widths.get(text, () => measure(text));
}

function fill(text: string, blanks: number, align: Align): string {
  if (blanks <= 0) return text;
  return align === 'left' ? text + ' '.repeat(blanks) : ' '.repeat(blanks) + text;
}

/** Fills up with blanks to `width`. A wider text stays whole. */
export function pad(text: string, width: number, align: Align): string {
  return fill(text, width - cellWidth(text), align);
}

/** The clusters from one end that fit into `width`. */
function takeClusters(text: string, width: number, keep: Keep): string {
  const clusters = segmenter.segment(text);
  let start = keep === 'start' ? 0 : text.length;
  let end = start;
  for (let left = width; ;) {
    const next = clusters.containing(keep === 'start' ? end : start - 1);
    if (!next) break;
    left -= stringWidth(next.segment);
    if (left < 0) break;
    if (keep === 'start') end += next.segment.length;
    else start = next.index;
  }
  return text.slice(start, end);
}

/** At most `width` cells, of a text that is wider. */
function cut(text: string, width: number, keep: Keep): string {
  const room = width - ELLIPSIS.length;
  if (PLAIN.test(text)) {
    return keep === 'start' ? text.slice(0, room) + ELLIPSIS : ELLIPSIS + text.slice(text.length - room);
  }
  return cuts.get(`${keep}${width}${text}`, () => {
    const taken = takeClusters(text, room, keep);
    return keep === 'start' ? taken + ELLIPSIS : ELLIPSIS + taken;
  });
}

/**
 * Exactly `width` cells: filled up with blanks, or cut with `…` at the end that is not kept. What a reader sees as one
 * character is never split; where half of one would fit there is a blank.
 */
export function fit(text: string, width: number, align: Align, keep: Keep): string {
  if (width <= 0) return '';
  const blanks = width - cellWidth(text);
  return blanks >= 0 ? fill(text, blanks, align) : pad(cut(text, width, keep), width, align);
}
