/** Where things are, seen from dist/test/support. */
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The compiled command. */
export const XCAPTURE = at('../../bin/xcapture.js');
export const XCAPTURE_CSV = at('../../bin/xcapture-csv.js');
export const XCAPTURE_STACKS = at('../../bin/xcapture-stacks.js');
/** Path of a built library of test/preload. */
export const preloadPath = (name: string): string => at(`../../../build/test/preload/${name}.so`);
/** Path of a built workload of test/workloads. */
export const workloadPath = (name: string): string => at(`../../../build/test/workloads/${name}`);
