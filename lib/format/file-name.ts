/** Files as /proc/PID/fd names them. */
import { joinPathNames } from './path-names.js';

/** Numbers of include/uapi/linux/magic.h: file systems whose files have no path. */
const PIPEFS = 0x50495045;
const SOCKFS = 0x534f434b;
const ANON_INODEFS = 0x09041934;
const PIDFS = 0x50494446;
const NSFS = 0x6e736673;

/**
 * @param magic number of the file system
 * @param names of its path, leaf first (bpf/kernel/names.bpf.h)
 * @param flags bits of `enum xcap_path`
 */
export function fileName(magic: number, inode: number, names: Buffer, flags: number): string {
  switch (magic) {
    case PIPEFS:
      return `pipe:[${inode}]`;
    case SOCKFS:
      return `socket:[${inode}]`;
    case NSFS:
      return `ns:[${inode}]`;
    case PIDFS:
      return 'anon_inode:[pidfd]';
    case ANON_INODEFS:
      return `anon_inode:${joinPathNames(names, 0).slice(1)}`;
    default:
      return joinPathNames(names, flags);
  }
}
