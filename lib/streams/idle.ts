/** Leaves idle tasks out, by the rules that the kernel follows for live samples. */
import type { Transform } from 'node:stream';
import { idleReason, isIdle, type IdleOptions } from '../rules/idle.js';
import { keepRecords } from './keep-records.js';

/**
 * A Transform of `Batch`. Wants the columns that the rules ask for (`state`, `exe`, `syscall`, `connection`,
 * `conn_state`, `extra_info`), or `reason`; a row with neither stays. Completions go with their rows.
 */
export function idle(options: IdleOptions = {}): Transform {
  return keepRecords((row) => !isIdle(idleReason(row, options)));
}
