/** Rows of CSV as this project writes it: RFC 4180 with `\n`, UTF-8. */
import { StringDecoder } from 'node:string_decoder';

export interface CsvParser {
  /** Bytes of the file, cut anywhere. */
  add(bytes: Buffer): void;
  /** What has come after the last whole row. */
  readonly rest: string;
  /** Bytes that the whole rows so far take in UTF-8. */
  readonly position: number;
}

/**
 * Calls `onRow` for each whole row, the header included, with its fields without their quotes, and the byte at which
 * the row starts.
 */
export function parseCsv(onRow: (fields: string[], position: number) => void): CsvParser {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let position = 0;

  const add = (bytes: Buffer): void => {
    const text = rest + decoder.write(bytes);
    let start = 0;
    let fields: string[] = [];
    for (let at = 0; at < text.length;) {
      let field: string;
      if (text.charCodeAt(at) === QUOTE) {
        let end = text.indexOf('"', at + 1);
        let isDoubled = false;
        while (end >= 0 && text.charCodeAt(end + 1) === QUOTE) {
          isDoubled = true;
          end = text.indexOf('"', end + 2);
        }
        // The last character may be the first half of a doubled quote.
        if (end < 0 || end + 1 >= text.length) break;
        field = text.slice(at + 1, end);
        if (isDoubled) field = field.replaceAll('""', '"');
        at = end + 1;
      } else {
        const end = endOfBare(text, at);
        if (end < 0) break;
        field = text.slice(at, end);
        at = end;
      }
      fields.push(field);
      if (text.charCodeAt(at) === NEWLINE) {
        onRow(fields, position);
        position += Buffer.byteLength(text.slice(start, at + 1));
        fields = [];
        start = at + 1;
      }
      at++;
    }
    rest = text.slice(start);
  };
  return {
    add,
    get rest() {
      return rest;
    },
    get position() {
      return position;
    },
  };
}

const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;

/** Where a field without quotes ends; -1 when that is not there yet. */
function endOfBare(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === NEWLINE) return at;
  }
  return -1;
}
