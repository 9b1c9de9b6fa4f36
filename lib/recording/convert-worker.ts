/**
 * Turns one file of CSV into Parquet beside it, in a thread of its own that has the lowest priority. Reads the result
 * back. Who has asked puts it into its place and removes the CSV, because he knows whether the CSV has grown since.
 */
import { chmodSync, existsSync, statSync } from 'node:fs';
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { CSV_FILES, type CsvColumn } from '../schema/csv-files.js';
import { columnsNamed } from '../csv/columns.js';
import { csvRowsOf } from '../csv/read-rows.js';
import { openParquet, ParquetRows } from './parquet.js';
import { fingerprint } from './recorded-rows.js';
import { syncPath } from './sync.js';

export interface Conversion {
  readonly csv: string;
  readonly parquet: string;
  /** Where to write. */
  readonly aside: string;
  /** `samples`, `kstacks`, … */
  readonly name: string;
}

export interface Converted {
  /** Bytes of the CSV that have been converted. */
  readonly bytes: number;
  readonly rows: number;
  /** The Parquet file that is there has been made of this very CSV. */
  readonly isDone: boolean;
}

const LOWEST = 19;
const MODE = 0o640;

async function convert({ csv, parquet, aside, name }: Conversion): Promise<Converted> {
  const bytes = statSync(csv).size;
  const source = await fingerprint(csv);
  const before = existsSync(parquet) ? await openParquet(parquet) : undefined;
  if (before?.source === source) return { bytes, rows: before.count, isDone: true };

  const rows = csvRowsOf(csv);
  const first = await rows.next();
  if (first.done) throw new Error('it is empty');
  const columns: readonly CsvColumn[] = columnsNamed(name, first.value.fields);
  const out = new ParquetRows(aside, columns, source);
  // The hour was converted before, and then the clock went back.
  const isLookupTable = CSV_FILES.find((file) => file.name === name)?.namedBy !== undefined;
  const known = new Set<string>();
  const add = (fields: string[]) => {
    if (isLookupTable && known.has(fields[0]!)) return;
    if (isLookupTable) known.add(fields[0]!);
    out.add(fields);
  };
  if (before) for await (const fields of before.rows(columns)) add(fields);
  for await (const { fields } of rows) add(fields);
  out.end();
  chmodSync(aside, MODE);
  syncPath(aside);

  let count = 0;
  for await (const row of (await openParquet(aside)).rows(columns)) count += row.length > 0 ? 1 : 0;
  if (count !== out.count) throw new Error(`${count} of ${out.count} rows could be read back`);
  return { bytes, rows: count, isDone: false };
}

os.setPriority(0, LOWEST);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
parentPort!.postMessage(await convert(workerData as Conversion));
