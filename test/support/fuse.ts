/** A file whose reads wait until the test answers them, on a FUSE mount of its own. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { startWorkload, type Workload, type WorkloadOptions } from './workload.js';

export interface StalledFile {
  /** Its full path. */
  path: string;
  /** The size of the file. */
  bytes: number;
  /** Answers reads: the oldest first, and if fewer wait, then those that come next. */
  answer: (reads?: number) => void;
  /** Fails all reads, and takes the mount and its folder away. */
  stop: () => Promise<void>;
  /** `startWorkload` for those that read the file: no process ends before its reads, so the file goes first. */
  start: (program: string, args?: readonly (string | number)[], options?: WorkloadOptions) => Promise<Workload>;
}

let count = 0;

/** Makes the file, in a new folder of the folder for temporary files. It is there until the test `t` ends. */
export async function makeStalledFile(t: Test, size = 1 << 20): Promise<StalledFile> {
  const folder = join(tmpdir(), `xcapture-test-fuse-${process.pid}-${++count}`);
  const { child, ready } = await startWorkload(t, 'fuse-stall', [folder, size]);
  const gone = once(child, 'exit');
  // When it has ended early.
  child.stdin!.on('error', () => {});
  const stop = async () => {
    child.stdin!.end();
    await gone;
  };
  t.teardown(stop);
  return {
    path: join(folder, 'data'),
    bytes: ready['bytes']!,
    answer: (reads = 1) => void child.stdin!.write('\n'.repeat(reads)),
    stop,
    start: async (program, args = [], options = {}) => {
      try {
        return await startWorkload(t, program, args, options);
      } finally {
        t.teardown(stop);
      }
    },
  };
}

/** The `skip` of a test that needs such a file: false, or what is missing. */
export const fuseSkipReason = (): false | string => !existsSync('/dev/fuse') && 'this kernel has no FUSE, or not yet';
