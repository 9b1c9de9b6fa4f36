/** Keeps the rows that are asked for. */
import type { Transform } from 'node:stream';
import { parseWhere } from '../rules/where.js';
import { keepRecords } from './keep-records.js';

export interface FilterOptions {
  /** Only rows of these processes (`tgid`). Default: all. */
  pids?: readonly number[] | undefined;
  /** Conditions `COL=VALUE`, `COL!=VALUE`, `COL~REGEX`, which must all hold. Default: none. */
  where?: readonly string[] | undefined;
}

/**
 * A Transform of `Batch`. Completions go with their rows; other records pass. Throws `XcaptureError` for a bad
 * condition.
 */
export function filter({ pids = [], where = [] }: FilterOptions = {}): Transform {
  const wanted = new Set<number | undefined>(pids);
  const conditions = where.map(parseWhere);
  return keepRecords(
    (row) => (wanted.size === 0 || wanted.has(row.tgid)) && conditions.every(({ holds }) => holds(row)),
  );
}
