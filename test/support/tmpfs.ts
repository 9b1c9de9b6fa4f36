/** A small file system of its own for a test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

const mount = (...args: string[]) => execFileSync('mount', args);

/** Its path. It goes with the test. */
export function mountTmpfs(t: Test, size: string): string {
  const path = mkdtempSync(join(tmpdir(), 'xcapture-tmpfs-'));
  mount('-t', 'tmpfs', '-o', `size=${size}`, 'none', path);
  t.teardown(() => {
    // Lazily: a recorder that a failed test has left may still be there for a moment.
    execFileSync('umount', ['-l', path]);
    rmSync(path, { recursive: true });
  });
  return path;
}

/** Puts an empty read-only file system over a directory. Returns how to take it away. */
export function coverReadOnly(t: Test, path: string): () => void {
  mount('-t', 'tmpfs', '-o', 'ro,size=1m', 'none', path);
  let isThere = true;
  const uncover = () => {
    if (isThere) execFileSync('umount', ['-l', path]);
    isThere = false;
  };
  t.teardown(uncover);
  return uncover;
}
