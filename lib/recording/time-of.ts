/** When a record happened. */
import type { Values } from '../csv/codecs.js';
import { addNs } from '../csv/local-time.js';

/** The moment that a record is about, by which it belongs to an hour: when it ended. RFC 3339, if all is well. */
export function timeOf(record: Values): unknown {
  if (record['timestamp'] !== undefined) return record['timestamp'];
  const [start, took] =
    record['type'] === 'syscend'
      ? [record['sysc_enter_time'], record['duration_ns']]
      : record['type'] === 'iorqend'
        ? [record['issue_timestamp'], record['service_ns']]
        : [record['start_time'], undefined];
  return typeof start === 'string' && typeof took === 'number' ? addNs(start, took) : start;
}
