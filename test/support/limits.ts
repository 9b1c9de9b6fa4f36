/** Limits of the kernel that a test needs higher, and puts back. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';

/** Raises /proc/sys/kernel/NAME to at least `value` until the test ends. */
export function raiseLimit(t: Test, name: 'pid_max' | 'threads-max', value: number): void {
  const file = `/proc/sys/kernel/${name}`;
  const before = readFileSync(file, 'utf8').trim();
  if (Number(before) >= value) return;
  writeFileSync(file, String(value));
  t.teardown(() => writeFileSync(file, before));
}
