/** When a record happened. */
import type { Values } from '../csv/codecs.js';
import { addNs } from '../csv/local-time.js';
import { RECORD_TYPES, type RecordType } from '../schema/records.js';

const KEYS = new Map((RECORD_TYPES as readonly RecordType[]).map(({ name, time }) => [name, time]));

/** The moment that a record is about, by which it belongs to an hour: when it ended. RFC 3339, if all is well. */
export function timeOf(record: Values): unknown {
  if (record['timestamp'] !== undefined) return record['timestamp'];
  const { start: startKey = 'start_time', took: tookKey = '' } = KEYS.get(record['type'] as string) ?? {};
  const [start, took] = [record[startKey], record[tookKey]];
  return typeof start === 'string' && typeof took === 'number' ? addNs(start, took) : start;
}
