/** Fills the column `cgroup` of recorded rows from the records that tell the paths. */
import type { Transform } from 'node:stream';
import { isSample, type StreamRecord } from '../batch.js';
import { recordTransform } from './record-transform.js';

/** More groups than a machine has at a time. */
const MAX_KNOWN = 65_536;

/** A Transform of `Batch`. A row whose group was not told, or that has the column already, stays as it is. */
export function resolveCgroups(): Transform {
  const paths = new Map<unknown, string>();
  const resolve = (record: StreamRecord): StreamRecord => {
    const { type, cgroup_id: id, cgroup } = record as { type: string; cgroup_id?: unknown; cgroup?: unknown };
    if (type === 'cgroup' && typeof cgroup === 'string') {
      if (paths.size >= MAX_KNOWN) paths.clear();
      paths.set(id, cgroup);
      return record;
    }
    const path = isSample(record) && cgroup === undefined ? paths.get(id) : undefined;
    return path === undefined ? record : { ...record, cgroup: path };
  };
  return recordTransform((records) => records.map(resolve));
}
