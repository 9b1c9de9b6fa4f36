/** Keeps the rows that are asked for. */
import type { Transform } from 'node:stream';
import { parseWhere } from '../rules/where.js';
import { isSample } from './batch.js';
import { recordTransform } from './record-transform.js';

export interface FilterOptions {
  /** Only rows of these processes (`tgid`). Default: all. */
  pids?: readonly number[] | undefined;
  /** Conditions `COL=VALUE`, `COL!=VALUE`, `COL~REGEX`, which must all hold. Default: none. */
  where?: readonly string[] | undefined;
}

/** A Transform of `Batch`. Records that are not rows of samples pass. Throws `XcaptureError` for a bad condition. */
export function filter({ pids = [], where = [] }: FilterOptions = {}): Transform {
  const wanted = new Set<number | undefined>(pids);
  const conditions = where.map(parseWhere);
  return recordTransform((records) =>
    records.filter(
      (record) =>
        !isSample(record) ||
        ((wanted.size === 0 || wanted.has(record.tgid)) && conditions.every(({ holds }) => holds(record))),
    ),
  );
}
