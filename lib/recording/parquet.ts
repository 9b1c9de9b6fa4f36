/** Parquet files of a recording: the columns of its CSV, typed. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type FileMetaData } from 'hyparquet';
import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { CsvColumn, CsvForm } from '../schema/csv-files.js';

type Kind = 'time' | 'integer' | 'text';
type Value = bigint | string | null;

const KINDS: Partial<Record<CsvForm, Kind>> = {
  time: 'time',
  integer: 'integer',
  flag: 'integer',
  return_value: 'integer',
  errno: 'integer',
  major: 'integer',
  minor: 'integer',
};
const kindOf = ({ form }: CsvColumn): Kind => KINDS[form] ?? 'text';

/** Rows that are held in memory at a time, and found in one piece of the file. */
const GROUP_ROWS = 20_000;
/** What the file was made of. */
const SOURCE_KEY = 'xcapture.source';

function elementOf(column: CsvColumn): SchemaElement {
  const kind = kindOf(column);
  const element = { name: column.name, repetition_type: 'OPTIONAL' } as const;
  if (kind === 'text') return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  if (kind === 'integer') return { ...element, type: 'INT64' };
  // Local time without an offset, as the CSV has it: DuckDB's TIMESTAMP.
  return { ...element, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } };
}

/** A field of CSV, without its quotes, as a value. */
function toValue(kind: Kind, field: string): Value {
  if (kind === 'text') return field;
  if (field === '') return null;
  if (kind === 'integer') return BigInt(field);
  return BigInt(Date.parse(`${field.slice(0, 19)}Z`)) * 1000n + BigInt(field.slice(20));
}

function toField(kind: Kind, value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  if (kind !== 'time') return String(value);
  const us = BigInt(value);
  return `${new Date(Number(us / 1000n)).toISOString().slice(0, -1)}${String(us % 1000n).padStart(3, '0')}`;
}

/** Writes rows of fields to a new file. */
export class ParquetRows {
  readonly #writer: ParquetWriter;
  readonly #columns: readonly CsvColumn[];
  #rows: string[][] = [];
  count = 0;

  /** @param source what it is made of, to be read with `sourceOf` */
  constructor(path: string, columns: readonly CsvColumn[], source: string) {
    this.#columns = columns;
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)],
      codec: 'SNAPPY',
      kvMetadata: [{ key: SOURCE_KEY, value: source }],
      createdBy: 'xcapture',
    });
  }

  add(fields: string[]): void {
    this.count++;
    if (this.#rows.push(fields) >= GROUP_ROWS) this.#flush();
  }

  end(): void {
    this.#flush();
    // Its writer is synchronous.
    void this.#writer.finish();
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    const columnData = this.#columns.map((column, index) => {
      const kind = kindOf(column);
      return { name: column.name, data: this.#rows.map((fields) => toValue(kind, fields[index] ?? '')) };
    });
    void this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    this.#rows = [];
  }
}

export interface ParquetFile {
  /** Names of the columns. */
  readonly names: readonly string[];
  readonly count: number;
  /** What it was made of; `undefined` when somebody else made it. */
  readonly source: string | undefined;
  /** All rows, as fields of CSV without their quotes. */
  rows(columns: readonly CsvColumn[]): AsyncGenerator<string[]>;
}

const namesOf = ({ schema }: FileMetaData) => schema.slice(1).map(({ name }) => name);

/** Throws what reading fails with. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const count = Number(metadata.num_rows);
  return {
    names: namesOf(metadata),
    count,
    source: metadata.key_value_metadata?.find(({ key }) => key === SOURCE_KEY)?.value,
    async *rows(columns) {
      const kinds = columns.map(kindOf);
      for (let rowStart = 0; rowStart < count; rowStart += GROUP_ROWS) {
        const rows = await parquetReadObjects({
          file,
          metadata,
          rowStart,
          rowEnd: Math.min(count, rowStart + GROUP_ROWS),
          columns: columns.map(({ name }) => name),
          parsers: { timestampFromMicroseconds: (us: bigint) => us },
        });
        for (const row of rows) yield columns.map(({ name }, index) => toField(kinds[index]!, row[name] as Value));
      }
    },
  };
}

/** As a header of CSV has the names of the columns. */
export const parquetHeader = async (path: string): Promise<string> => (await openParquet(path)).names.join(',');
