/** The lines of the table that are not rows. */
import type { SampleEnd } from '../batch.js';
import { cellText } from '../format/terminal-text.js';

const US_PER_MS = 1000;
/** A shorter wait is below what the line can show. Unit: us. */
const LEAST_WAIT_US = 50;

function formatMs(us: number): string {
  return `${(us / US_PER_MS).toFixed(1)} ms`;
}

function count(n: unknown, singular: string): string {
  return `${cellText(n)} ${singular}${n === 1 ? '' : 's'}`;
}

/**
 * What ends a sample: `2026-11-23T01:07:28.350568Z  3 of 214 tasks shown, walk 0.6 ms, 2 missed so far`. Of a
 * replayed sample only its time and its rows are known.
 */
export function sampleLine({ timestamp, metrics }: SampleEnd, rows: number): string {
  const time = cellText(timestamp);
  if (!metrics) return `${time}  ${count(rows, 'task')} shown`;
  const parts = [`${rows} of ${count(metrics.tasks, 'task')} shown`, `walk ${formatMs(metrics.walk_us)}`];
  if (metrics.wait_us >= LEAST_WAIT_US) parts.push(`${formatMs(metrics.wait_us)} of it waiting`);
  const troubles = [];
  if (metrics.missed > 0) troubles.push(`${metrics.missed} missed`);
  if (metrics.late > 0) troubles.push(`${metrics.late} late`);
  if (troubles.length > 0) parts.push(`${troubles.join(', ')} so far`);
  return `${time}  ${parts.join(', ')}`;
}

/** A `loss` record: `LOST: 12 sample records: the walk ended early: EAGAIN`. */
export function lossLine(record: object): string {
  const { count: lost, kind, cause } = record as Readonly<Record<string, unknown>>;
  return `LOST: ${count(lost, `${cellText(kind)} record`)}: ${cellText(cause)}`;
}
