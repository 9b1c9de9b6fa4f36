/** May this process load BPF? Tests of the live kernel fail in CI when it may not, and say so elsewhere. */
import { openNativeSampler } from '../../lib/native.js';

const NOTHING = { flags: {}, verbose: false, track: [], light: false };

function whyNoBpf(): string | undefined {
  if (process.geteuid?.() !== 0) return 'this needs root: sudo npm test';
  try {
    openNativeSampler({ ...NOTHING, periodNs: 1e9, iterations: 1, durationNs: 0, pids: [process.pid] }).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The `skip` of a test: false, or what is missing for it. In CI (`CI` set in the environment) it throws then, which
 * fails the file.
 */
export function skipReason(missing: string | undefined): false | string {
  if (missing === undefined) return false;
  if (process.env['CI']) throw new Error(`this test cannot run: ${missing}`);
  return missing;
}

/** The `skip` of a test that needs root and BPF. */
export const bpfSkipReason = (): false | string => skipReason(whyNoBpf());
