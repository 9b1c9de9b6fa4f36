/** `partitions`: a copy of /proc/partitions, by which readers give names to the numbers of devices. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MODE = 0o640;

export function copyPartitions(directory: string): void {
  const path = join(directory, 'partitions');
  writeFileSync(`${path}.new`, readFileSync('/proc/partitions'), { mode: MODE });
  renameSync(`${path}.new`, path);
}
