/** Leaves idle tasks out, by the rules that the kernel follows for live samples. */
import type { Transform } from 'node:stream';
import { idleReason, isIdle, type IdleOptions } from '../rules/idle.js';
import { isSample } from './batch.js';
import { recordTransform } from './record-transform.js';

/**
 * A Transform of `Batch`. Wants the columns that the rules ask for (`state`, `exe`, `syscall`, `connection`,
 * `conn_state`, `extra_info`), or `reason`; a row with neither stays.
 */
export function idle(options: IdleOptions = {}): Transform {
  return recordTransform((records) =>
    records.filter((record) => !isSample(record) || !isIdle(idleReason(record, options))),
  );
}
