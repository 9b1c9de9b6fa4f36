/** What one hour's file of one kind holds, as records: CSV, Parquet, or what is left of each when both are there. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codecOf, type ReadContext, type Values } from '../csv/codecs.js';
import { PLAIN_HASHES, type HourHash } from '../csv/hour-hash.js';
import { fromOriginal } from '../csv/original.js';
import { columnsNamed } from '../csv/columns.js';
import type { CsvColumn, CsvFile } from '../schema/csv-files.js';
import { csvRowsOf } from '../csv/read-rows.js';
import { isOriginal, originalRowsOf } from '../csv/read-original.js';
import { openParquet } from './parquet.js';

/** From a row on, local times are so many seconds east of UTC. */
export interface OffsetChange {
  readonly row: number;
  readonly offsetS: number;
}

export interface RecordedRows {
  readonly file: CsvFile;
  /** Without `.csv` or `.parquet`. */
  readonly stem: string;
  readonly hour: HourHash;
  /** In the order of their rows. */
  readonly offsets: readonly OffsetChange[];
  readonly onMalformed: (where: string, reason: string) => void;
}

/** What the conversion to Parquet has noted of the CSV that it read. */
export async function fingerprint(path: string): Promise<string> {
  const hash = createHash('sha1');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

interface Fields {
  readonly columns: readonly CsvColumn[];
  readonly fields: string[];
  /** Hashes of stacks are the same in all hours. */
  readonly isOriginal?: boolean;
}

async function* fieldsOf({ file, stem }: RecordedRows): AsyncGenerator<Fields> {
  const csv = `${stem}.csv`;
  const parquet = existsSync(`${stem}.parquet`) ? await openParquet(`${stem}.parquet`) : undefined;
  if (parquet) {
    const columns = columnsNamed(file.name, parquet.names);
    for await (const fields of parquet.rows(columns)) yield { columns, fields };
  }
  if (!existsSync(csv) || (parquet && parquet.source === (await fingerprint(csv)))) return;
  if (isOriginal(csv)) {
    yield* originalFieldsOf(csv, file);
    return;
  }
  let columns: readonly CsvColumn[] | undefined;
  for await (const { fields } of csvRowsOf(csv)) {
    if (columns) yield { columns, fields };
    else columns = columnsNamed(file.name, fields);
  }
}

async function* originalFieldsOf(csv: string, file: CsvFile): AsyncGenerator<Fields> {
  let columns: readonly CsvColumn[] | undefined;
  for await (const row of originalRowsOf(csv, file)) {
    if (columns) {
      const forms = columns.map(({ form }) => form);
      const fields = row.map((field, index) => fromOriginal(field, forms[index] ?? 'text'));
      yield { columns, fields, isOriginal: true };
    } else columns = columnsNamed(file.name, row);
  }
}

/** In the order in which they were recorded. A row that is none is told and left out. */
export async function* recordsOf(rows: RecordedRows): AsyncGenerator<Values> {
  const { file, stem, hour, offsets, onMalformed } = rows;
  let row = 0;
  let change = 0;
  let context: ReadContext = { hour, offsetS: offsets[0]?.offsetS ?? 0 };
  let codecs: ReturnType<typeof codecOf>[] = [];
  let of: readonly CsvColumn[] | undefined;
  for await (const { columns, fields, isOriginal: isPlain } of fieldsOf(rows)) {
    if (columns !== of) {
      codecs = columns.map(codecOf);
      of = columns;
    }
    while (offsets[change] && offsets[change]!.row <= row) context = { hour, offsetS: offsets[change++]!.offsetS };
    row++;
    try {
      if (fields.length !== columns.length) throw new Error(`${fields.length} fields instead of ${columns.length}`);
      const record: Values = { type: file.record };
      for (const [index, codec] of codecs.entries())
        codec.read(fields[index]!, record, isPlain ? { ...context, hour: PLAIN_HASHES } : context);
      yield record;
    } catch (error) {
      onMalformed(`row ${row} of ${basename(stem)}`, (error as Error).message);
    }
  }
}
