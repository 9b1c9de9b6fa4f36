/** Waiting for a condition, and for nothing longer than that. */
import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 5;

/** How many times slower than usual this machine is: an emulated one (tools/kernels.sh) says so. */
export const SLOWNESS = Number(process.env['XCAPTURE_TEST_SLOWNESS'] ?? 1);

/** The `skip` of a test that measures time: an emulated machine does not keep it. */
export const timeSkipReason: false | string = SLOWNESS > 1 && 'an emulated machine keeps no time';

/** Calls `condition` until it gives something. Rejects after `timeoutMs`, and then names `what` it waited for. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 10_000 * SLOWNESS,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(STEP_MS);
  }
}
