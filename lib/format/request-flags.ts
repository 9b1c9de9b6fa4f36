/** Operation and flags of a block request in words. */
import type { BlockNames } from '../native.js';

/** The operation is in the lowest bits (REQ_OP_MASK of include/linux/blk_types.h). */
const OPERATION_BITS = 8;
/** What says nothing to people who look at I/O: how the kernel manages the request. */
const INTERNAL = new Set(['NR_BITS', 'ALLOC_CACHE', 'DRV', 'FS_PRIVATE', 'POLLED', 'CGROUP_PUNT']);
/** Flags whose name in the kernel is short. */
const LONG_NAMES: Readonly<Record<string, string>> = { RAHEAD: 'READAHEAD' };

export type RequestFlags = (cmdFlags: number, bytes: number) => string;

/**
 * `WRITE|SYNC|FUA`. A number that the kernel's type information has no name for is shown as it is. The kernel calls the
 * request for a flush alone a write of no bytes; here it is what the device does.
 */
export function requestFlags({ operations, flags }: BlockNames): RequestFlags {
  const preflush = 1 << flags.indexOf('PREFLUSH');
  return (cmdFlags, bytes) => {
    const operation = cmdFlags & ((1 << OPERATION_BITS) - 1);
    const isFlush = bytes === 0 && operations[operation] === 'WRITE' && (cmdFlags & preflush) !== 0;
    const names = [isFlush ? 'FLUSH' : (operations[operation] ?? `op_${operation}`)];
    for (let bit = OPERATION_BITS; bit < 32; bit++) {
      if ((cmdFlags & (1 << bit)) === 0 || (isFlush && 1 << bit === preflush)) continue;
      const name = flags[bit] ?? `bit_${bit}`;
      if (!INTERNAL.has(name)) names.push(LONG_NAMES[name] ?? name);
    }
    return names.join('|');
  };
}
