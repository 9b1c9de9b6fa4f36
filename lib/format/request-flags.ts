/** Operation and flags of a block request in words. */
import type { BlockNames } from '../native.js';

/** The operation is in the lowest bits (REQ_OP_MASK of include/linux/blk_types.h). */
const OPERATION_BITS = 8;
/** What says nothing to people who look at I/O: how the kernel manages the request. */
const INTERNAL = new Set(['NR_BITS', 'ALLOC_CACHE', 'DRV', 'FS_PRIVATE', 'POLLED', 'CGROUP_PUNT']);
/** Flags whose name in the kernel is short. */
const LONG_NAMES: Readonly<Record<string, string>> = { RAHEAD: 'READAHEAD' };

/** `WRITE|SYNC|FUA`. A number that the kernel's type information has no name for is shown as it is. */
export function requestFlags({ operations, flags }: BlockNames): (cmdFlags: number) => string {
  return (cmdFlags) => {
    const operation = cmdFlags & ((1 << OPERATION_BITS) - 1);
    const names = [operations[operation] ?? `op_${operation}`];
    for (let bit = OPERATION_BITS; bit < 32; bit++) {
      if ((cmdFlags & (1 << bit)) === 0) continue;
      const name = flags[bit] ?? `bit_${bit}`;
      if (!INTERNAL.has(name)) names.push(LONG_NAMES[name] ?? name);
    }
    return names.join('|');
  };
}
