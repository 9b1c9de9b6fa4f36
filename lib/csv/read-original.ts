/**
 * Files of CSV that the original xcapture (0xtools) has recorded. They are called like ours, and may have the same
 * header.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { splitOriginalRow } from './original.js';
import type { CsvFile } from '../schema/csv-files.js';

const START_BYTES = 1 << 16;
/** Our rows begin with numbers and a time, and their first text is in double quotes, whatever columns a version has. */
const OUR_ROW = /^[\dT:.,-]*"/;

/**
 * Does the original's way of quoting begin the first row? Headers say nothing: an older or newer version of ours may
 * have the original's columns. A file without rows is ours.
 */
export function isOriginal(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(START_BYTES);
    const text = start.toString('utf8', 0, readSync(fd, start, 0, start.length, 0));
    const [, row, rest] = text.split('\n', 3);
    return row !== undefined && rest !== undefined && !OUR_ROW.test(row);
  } finally {
    closeSync(fd);
  }
}

/** Without their ends. A last one that has none is left out. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

/** The header comes first. */
export async function* originalRowsOf(path: string, { namedBy }: CsvFile): AsyncGenerator<string[]> {
  let width = 0;
  for await (const line of linesOf(path)) {
    const fields = splitOriginalRow(line);
    // Names of C++ functions have commas, and the column of symbols is the last one of its lookup table.
    const isOfLookupTable = width > 0 && namedBy !== undefined;
    yield isOfLookupTable ? [...fields.slice(0, width - 1), fields.slice(width - 1).join(',')] : fields;
    width ||= fields.length;
  }
}
