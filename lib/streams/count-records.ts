/** Completes the summary by what has passed. */
import type { Transform } from 'node:stream';
import type { StreamRecord } from '../batch.js';
import { recordTransform } from './record-transform.js';

/** A Transform of `Batch`. A recorded summary that has its counts keeps them. */
export function countRecords(): Transform {
  const counts: Record<string, number> = {};
  const count = (record: StreamRecord): StreamRecord => {
    counts[record.type] = (counts[record.type] ?? 0) + 1;
    const isOpen = record.type === 'summary' && record['records'] === undefined;
    return isOpen ? { ...record, records: { ...counts } } : record;
  };
  return recordTransform((records) => records.map(count));
}
