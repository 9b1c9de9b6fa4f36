/**
 * Text put together as bytes. A line of NDJSON has some fifty pieces; joined as strings each leaves garbage behind, and
 * the whole is then copied once more to become UTF-8.
 */
import { quote } from './json-text.js';

/** The UTF-8 of a constant. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const ZERO = 48;
const QUOTE = 34;
const OPEN_BRACE = 123;
const BACKSLASH = 92;
const SPACE = 32;
const DELETE = 127;
/** Longer text is written faster from the cache than checked. Unit: UTF-16 units. */
const MAX_SHORT = 64;
const TRUE = bytesOf('true');
const FALSE = bytesOf('false');
/** Digits of a safe integer. */
const MAX_DIGITS = 16;
/** Quoted texts kept as bytes: names of programs, threads and users come again in each sample. */
const MAX_CACHED = 8192;
const FIRST_SIZE = 64 * 1024;
const MAX_SPANS = 8;

const csvQuote = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** How many decimal digits a whole number has. Nearly all are short. */
function digitsOf(value: number): number {
  if (value < 1e5) {
    if (value < 1e2) return value < 10 ? 1 : 2;
    if (value < 1e4) return value < 1e3 ? 3 : 4;
    return 5;
  }
  let digits = 6;
  for (let power = 1e6; power <= value && digits < MAX_DIGITS; power *= 10) digits++;
  return digits;
}

export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #at = 0;
  readonly #quoted = new Map<string, Uint8Array>();
  readonly #csvQuotedTexts = new Map<string, Uint8Array>();
  /** Where the spans lie that may be repeated: start and end of each. */
  readonly #spans = new Int32Array(2 * MAX_SPANS);

  /** What has been written. Valid until the next `clear`. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  clear(): void {
    this.#at = 0;
  }

  /** How much has been written. Unit: bytes. */
  get length(): number {
    return this.#at;
  }

  /** Takes back what was written since there were so many bytes. */
  truncate(length: number): void {
    this.#at = length;
  }

  /** Makes room. Every other method but `text` and `quoted` expects that there is enough. */
  reserve(count: number): void {
    if (this.#at + count > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + count));
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
  }

  /** What is written from here to `endSpan` may be repeated until the next `clear`. */
  beginSpan(span: number): void {
    this.#spans[2 * span] = this.#at;
  }

  endSpan(span: number): void {
    this.#spans[2 * span + 1] = this.#at;
  }

  /** Writes a span once more. */
  repeatSpan(span: number): void {
    const start = this.#spans[2 * span]!;
    const end = this.#spans[2 * span + 1]!;
    this.reserve(end - start + ROOM_AFTER_TEXT);
    this.#bytes.copyWithin(this.#at, start, end);
    this.#at += end - start;
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    const to = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < bytes.length; i++) to[at + i] = bytes[i]!;
    this.#at = at + bytes.length;
  }

  /** The key of a member, which begins with a comma; the first one after an opening brace goes without. */
  member(key: Uint8Array): void {
    const at = this.#at;
    this.raw(key);
    if (this.#bytes[at - 1] === OPEN_BRACE) {
      this.#bytes.copyWithin(at, at + 1, this.#at);
      this.#at--;
    }
  }

  boolean(value: boolean): void {
    this.raw(value ? TRUE : FALSE);
  }

  /** A number: the shortest decimal, as JSON has it. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      this.text(JSON.stringify(value));
      return;
    }
    const to = this.#bytes;
    const end = this.#at + digitsOf(value);
    let rest = value;
    let at = end;
    // Division of small integers is much faster.
    while (rest > 0x3fffffff) {
      const next = Math.floor(rest / 10);
      to[--at] = ZERO + (rest - next * 10);
      rest = next;
    }
    while (at > this.#at) {
      const next = (rest / 10) | 0;
      to[--at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.#at = end;
  }

  /** Between quotes: short ASCII that needs no escape. */
  plain(text: string): void {
    const to = this.#bytes;
    let at = this.#at;
    to[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) to[at++] = text.charCodeAt(i);
    to[at++] = QUOTE;
    this.#at = at;
  }

  /** A JSON string of any text. */
  quoted(text: string): void {
    if (text.length > MAX_SHORT || !this.#shortQuoted(text)) this.#cachedQuoted(text);
  }

  /** Writes short text that is ASCII and needs no escape; false when it is not. */
  #shortQuoted(text: string): boolean {
    this.reserve(MAX_SHORT + ROOM_AFTER_TEXT);
    const to = this.#bytes;
    let at = this.#at;
    to[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < SPACE || code >= DELETE || code === QUOTE || code === BACKSLASH) return false;
      to[at++] = code;
    }
    to[at++] = QUOTE;
    this.#at = at;
    return true;
  }

  #cachedQuoted(text: string): void {
    this.#cached(this.#quoted, text, quote);
  }

  #cached(cache: Map<string, Uint8Array>, text: string, make: (text: string) => string): void {
    let bytes = cache.get(text);
    if (bytes === undefined) {
      bytes = bytesOf(make(text));
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(text, bytes);
    }
    this.reserve(bytes.length + ROOM_AFTER_TEXT);
    this.raw(bytes);
  }

  /** A field of CSV in quotes, which are doubled inside (RFC 4180). A lone surrogate becomes U+FFFD. */
  csvQuoted(text: string): void {
    if (text.length > MAX_SHORT || !this.#shortCsvQuoted(text)) this.#cached(this.#csvQuotedTexts, text, csvQuote);
  }

  #shortCsvQuoted(text: string): boolean {
    this.reserve(MAX_SHORT + ROOM_AFTER_TEXT);
    const to = this.#bytes;
    let at = this.#at;
    to[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE || code > DELETE) return false;
      to[at++] = code;
    }
    to[at++] = QUOTE;
    this.#at = at;
    return true;
  }

  /** ASCII as it is. */
  ascii(text: string): void {
    this.reserve(text.length + ROOM_AFTER_TEXT);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  /** What `write` writes, as text. `undefined` when it is not ASCII. */
  copyOf(write: () => void): string | undefined {
    const start = this.#at;
    write();
    const text = this.#bytes.toString('latin1', start, this.#at);
    return /^[\0-\x7f]*$/.test(text) ? text : undefined;
  }

  /** Any text, as UTF-8. */
  text(text: string): void {
    this.reserve(text.length * 3 + ROOM_AFTER_TEXT);
    this.#at += this.#bytes.write(text, this.#at);
  }
}

/** What a row takes besides its free texts: keys, numbers, hex. */
export const ROOM_AFTER_TEXT = 4096;
