/**
 * The idle rules for records: the same verdict as bpf/state.bpf.h gives, from what a row shows..
 */
import { REASONS, type ReasonName } from '../schema/enums.js';
import type { SampleRecord } from '../schema/types.gen.js';

const IDLE = new Set<string>(REASONS.filter(({ idle }) => idle).map(({ name }) => name));

/** States that decide alone. */
const BY_STATE: Readonly<Record<string, ReasonName>> = {
  STOPPED: 'stopped',
  TRACED: 'traced',
  ZOMBIE: 'zombie',
  DEAD: 'dead',
  PARKED: 'parked',
  FROZEN: 'frozen',
};

/**
 * The verdict on a row; what was recorded as its `reason` when the row lacks the columns that the rules ask for;
 * `undefined` when it lacks that as well.
 */
export function idleReason(row: SampleRecord): string | undefined {
  const { state, exe, reason } = row;
  if (state === undefined) return reason;
  const alone = BY_STATE[state];
  if (alone) return alone;
  if (state !== 'SLEEP' && state !== 'IDLE') return 'active';
  if (exe === '[kernel]') return 'kthread';
  // A zombie's threads aside, only a row that was recorded without the column lacks an exe.
  if (exe === undefined && reason !== undefined) return reason;
  return state === 'SLEEP' ? 'sleep' : 'active';
}

/** Is a task with this verdict left out of the default view? One without a verdict is not. */
export function isIdle(reason: string | undefined): boolean {
  return reason !== undefined && IDLE.has(reason);
}
