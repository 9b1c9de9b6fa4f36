/** Column names as people type them. */
import { nearest } from './nearest.js';
import { XcaptureError } from '../errors.js';
import { COLUMN_BY_NAME, COLUMNS, type ColumnName } from '../schema/columns.js';

/** The column that is meant: case and blanks do not matter. Throws `XcaptureError` with the nearest name. */
export function resolveColumn(typed: string): ColumnName {
  const name = typed.replaceAll(/\s/g, '').toLowerCase();
  if (COLUMN_BY_NAME.has(name)) return name as ColumnName;
  const guess = nearest(name, [...COLUMN_BY_NAME.keys()]);
  throw new XcaptureError('XCAP_USAGE', `there is no column ${typed.trim() || "''"}`, {
    hint: `${guess ? `did you mean ${guess}? ` : ''}xcapture -l lists them`,
  });
}

/** A list `A,b, c` as given to -g and -G; `all` stands for every column. Each column once, in the order given. */
export function resolveColumns(list: string): ColumnName[] {
  const names = list.split(',').flatMap((typed) => {
    if (typed.trim().toLowerCase() === 'all') return COLUMNS.map(({ name }) => name);
    return [resolveColumn(typed)];
  });
  return [...new Set(names)];
}
