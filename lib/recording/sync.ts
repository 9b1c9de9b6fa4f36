/** Makes sure that something is on the disk. */
import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A file's content, or a directory's names. Waits for the disk. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
