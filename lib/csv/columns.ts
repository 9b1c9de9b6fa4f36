/** The columns of a file of samples, with those that `-G` adds. */
import { COLUMN_BY_NAME, COLUMNS, type ColumnName, type ColumnType } from '../schema/columns.js';
import { CSV_FILES, SAMPLES_FILE, type CsvColumn, type CsvForm } from '../schema/csv-files.js';

const FORMS: Readonly<Record<ColumnType, CsvForm>> = {
  time: 'time',
  integer: 'integer',
  hex: 'hex',
  text: 'text',
  object: 'json',
};

/** Columns that the file has anyway are not added. */
export function sampleColumns(append: readonly ColumnName[] = []): CsvColumn[] {
  const names = new Set(SAMPLES_FILE.columns.map(({ name }) => name));
  const added = append
    .map((name): CsvColumn => ({ name: name.toUpperCase(), form: FORMS[COLUMN_BY_NAME.get(name)!.type] }))
    .filter(({ name }) => !names.has(name));
  return [...SAMPLES_FILE.columns, ...added];
}

/** Keys of samples that CSV has a column for. */
export const CSV_KEYS: readonly ColumnName[] = SAMPLES_FILE.columns
  .map(({ name }) => name.toLowerCase())
  .filter((name): name is ColumnName => COLUMN_BY_NAME.has(name));

/** The columns of a file of this kind, by its header. Names that this version does not know are text. */
export function columnsNamed(file: string, header: readonly string[]): CsvColumn[] {
  const columns = CSV_FILES.find(({ name }) => name === file)?.columns ?? [];
  const known = new Map([...columns, ...sampleColumns(COLUMNS.map(({ name }) => name))].map((one) => [one.name, one]));
  const own = new Map(columns.map((one) => [one.name, one]));
  return header.map((name) => own.get(name) ?? known.get(name) ?? { name, form: 'text' });
}
