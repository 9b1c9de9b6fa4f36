/** The rows of a file of CSV. */
import { createReadStream } from 'node:fs';
import { parseCsv } from './parser.js';

const CHUNK_BYTES = 1 << 18;

export interface CsvRow {
  /** Without their quotes. */
  readonly fields: string[];
  /** Where it starts. Unit: bytes. */
  readonly position: number;
}

/** The header comes first. What follows the last whole row is left out: a recorder may be about to write it. */
export async function* csvRowsOf(path: string): AsyncGenerator<CsvRow> {
  let rows: CsvRow[] = [];
  const parser = parseCsv((fields, position) => rows.push({ fields, position }));
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    parser.add(chunk as Buffer);
    yield* rows;
    rows = [];
  }
}
