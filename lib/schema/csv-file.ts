/** What a file of CSV is: its columns, and how their values look. */

/**
 * How a value looks in CSV. In double quotes: `text`; `hex` (padded to 16 digits), `stack_hash` (16 digits, rekeyed by
 * its hour), `digits` (hex of any length), `json`, `addresses` (of frames, joined with `;`), `symbols` (empty when
 * there is none, which in the others is `-`) and `fixed`. Bare, and empty when there is none: `time` (local),
 * `integer`, `flag` (0 or 1), `return_value` (signed), `errno` (0 for none), `major` and `minor` (of a device).
 */
export type CsvForm =
  | 'time'
  | 'integer'
  | 'flag'
  | 'return_value'
  | 'errno'
  | 'major'
  | 'minor'
  | 'text'
  | 'hex'
  | 'stack_hash'
  | 'digits'
  | 'json'
  | 'addresses'
  | 'symbols'
  | 'fixed';

export interface CsvColumn {
  /** As the header has it. */
  readonly name: string;
  readonly form: CsvForm;
  /** Key of the record; the name in lower case is taken, too. Default: the name in lower case. */
  readonly key?: string;
  /** Of `fixed`: what every row has. */
  readonly value?: string;
}

export interface CsvFile {
  /** As in `xcapture_NAME_2026-11-23.01.csv`. */
  readonly name: string;
  /** `type` of its records. */
  readonly record: string;
  readonly columns: readonly CsvColumn[];
  /** The file is a lookup table: key of samples that names a row, by the value of its first column. */
  readonly namedBy?: string;
}

export const of = (form: CsvForm, ...names: string[]): CsvColumn[] => names.map((name) => ({ name, form }));
export const fixed = (value: string): CsvColumn => ({ name: 'TYPE', form: 'fixed', value });
export const PAYLOAD_COLUMNS = [...of('digits', 'TRACE_PAYLOAD'), ...of('integer', 'TRACE_PAYLOAD_LEN')];

export const keyOf = ({ name, key }: CsvColumn): string => key ?? name.toLowerCase();

/** What a record has for the column: under its key, or under the column's own name. */
export const valueOf = (record: Readonly<Record<string, unknown>>, column: CsvColumn): unknown =>
  record[keyOf(column)] ?? record[column.name.toLowerCase()];

/** Of a file with these columns. */
export const headerOf = (columns: readonly CsvColumn[]): string => columns.map(({ name }) => name).join(',');
