/** Reduces rows to some of their columns. */
import type { Transform } from 'node:stream';
import type { ColumnName } from '../schema/columns.js';
import { SampleRow } from '../decode/sample.gen.js';
import type { SampleRecord } from '../schema/types.gen.js';
import { isSample, type StreamRecord } from '../batch.js';
import { recordTransform } from './record-transform.js';

function pick(from: SampleRecord, to: SampleRecord, columns: readonly ColumnName[]): SampleRecord {
  const values = to as unknown as Record<string, unknown>;
  for (const name of columns) if (from[name] !== undefined) values[name] = from[name];
  return to;
}

/** A Transform of `Batch`. `type` and records that are not rows of samples stay. */
export function selectColumns(columns: readonly ColumnName[]): Transform {
  const select = (record: StreamRecord): StreamRecord => {
    if (!isSample(record)) return record;
    if (record instanceof SampleRow) return pick(record, new SampleRow(), columns);
    return pick(record, { type: 'sample' }, columns);
  };
  return recordTransform((records) => records.map(select));
}
