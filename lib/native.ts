/** The native addon (native/addon.cc): its types, and its errors as `XcaptureError`. */
import { createRequire } from 'node:module';
import { XcaptureError } from './errors.js';
import type { StackFrame } from './schema/frames.js';
import type { KernelFlags } from './schema/kernel-flags.js';
import type { Tracked } from './schema/records.js';

export interface NativeSamplerOptions {
  /** From one point of the time grid to the next. Unit: ns. */
  periodNs: number;
  /** Stop after so many samples; 0: never. */
  iterations: number;
  /** Stop after so long; 0: never. Unit: ns. */
  durationNs: number;
  /** Of the BPF programs. */
  flags: KernelFlags;
  /** What libbpf and the verifier say goes to stderr. */
  verbose: boolean;
  /** What to time to its end when a sample has caught it. */
  track: readonly Tracked[];
  /** System calls are followed without a tracepoint; asks for `syscall` in `track`. */
  light: boolean;
  /** Process ids, as /proc has them; empty: all. */
  pids: readonly number[];
}

/** Loads BPF when it is made, and throws an error with `code`, `errno` and `hint` when it cannot. */
export interface NativeSampler {
  /** Starts the sampler thread. `onData` is called when `read` has got something, and at the end. Once only. */
  start(onData: () => void): void;
  /**
   * Moves one chunk (up to `CHUNK_BYTES`) into the buffer: bytes, 0 when there is none yet, -1 when there will be none.
   */
  read(into: Uint8Array): number;
  /** No further sample begins. Any number of times. */
  stop(): void;
  /** Ends at once and frees everything. Any number of times, also in place of `stop`. */
  close(): void;
  /** After `start`: the thread has got a realtime priority. */
  readonly isRealtime: boolean;
  /** The kernel itself walks only the threads of the one process asked for. */
  readonly usesPidIterator: boolean;
}

/** What the numbers in a block request's operation and flags are called, by value and by bit. */
export interface BlockNames {
  readonly operations: readonly (string | undefined)[];
  readonly flags: readonly (string | undefined)[];
}

/** The addresses of one stack, leaf first. */
export interface StackAddresses {
  /** 0: of the kernel. */
  pid: number;
  addrs: BigUint64Array;
}

/** Looks up names on a thread of its own. */
export interface NativeSymbolizer {
  /**
   * Resolves to the frames of each stack, in order, leaf first; what is inlined comes before what it is inlined into.
   * All addresses but a user stack's first are taken for return addresses. What is not known is left out, also when the
   * process has gone: never rejects for that, but when the symbolizer is closed. An open promise keeps the process.
   * JavaScript's thread makes all objects of a call in one go, in some 2 µs each: ask for some hundred stacks at a
   * time.
   */
  symbolize(stacks: readonly StackAddresses[]): Promise<StackFrame[][]>;
  /** Ends the thread. Any number of times. */
  close(): void;
}

interface Addon {
  NativeSampler: new (options: NativeSamplerOptions) => NativeSampler;
  NativeSymbolizer?: new () => NativeSymbolizer;
  blazesym?: string;
  username(uid: number): string | undefined;
  dropCapabilities(keepsDacOverride: boolean, keepsSymbols: boolean): number;
  blockNames(): BlockNames;
  utcOffset(epochS: number): number;
  lockFile(fd: number): number;
  chunkBytes: number;
}

const ADDON = process.env['XCAPTURE_ADDON'] ?? '../../build/xcapture.node';

function load(): Addon {
  try {
    return createRequire(import.meta.url)(ADDON) as Addon;
  } catch (cause) {
    throw new XcaptureError('XCAP_NO_ADDON', `cannot load the native addon: ${(cause as Error).message}`, {
      hint: 'build it with: npm run build',
      cause,
    });
  }
}

// Loaded when it is first needed: --help and --replay work without it.
let loaded: Addon | undefined;
const addon = () => (loaded ??= load());

/** How large a buffer `NativeSampler.read` wants. */
export const chunkBytes = (): number => addon().chunkBytes;

/** Errors of the addon that people can do something about become `XcaptureError`. */
function explained<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const { code, message, hint, errno } = cause as Error & { code?: string; hint?: string; errno?: number };
    if (!code || !hint || errno === undefined) throw cause;
    throw new XcaptureError(code, message, { hint, errno, cause });
  }
}

/** Throws `XcaptureError`. */
export function openNativeSampler(options: NativeSamplerOptions): NativeSampler {
  const { NativeSampler } = addon();
  return explained(() => new NativeSampler(options));
}

/** `undefined` when the addon is built without blazesym. Throws `XcaptureError`. */
export function openNativeSymbolizer(): NativeSymbolizer | undefined {
  const { NativeSymbolizer } = addon();
  return NativeSymbolizer && new NativeSymbolizer();
}

/** The version of blazesym in the addon; `undefined`: it is built without. Throws `XcaptureError`. */
export const blazesymVersion = (): string | undefined => addon().blazesym;

/** Throws `XcaptureError`. Source: the kernel's type information. */
export const blockNames = (): BlockNames => explained(() => addon().blockNames());

/** The name of a user; `undefined` when there is none. Source: getpwuid_r(3). */
export const lookUpUsername = (uid: number): string | undefined => addon().username(uid);

/** Seconds east of UTC at a time since the epoch, by TZ or else /etc/localtime. Source: localtime_r(3). */
export const utcOffset = (epochS: number): number => addon().utcOffset(epochS);

/**
 * Locks a file for this process until that ends or closes any descriptor of the file. Returns 0, the pid of the process
 * that has it, or a negative errno. Source: fcntl(2), F_SETLK.
 */
export const lockFile = (fd: number): number => addon().lockFile(fd);

export interface DropOptions {
  /** Whoever writes into somebody else's directory needs CAP_DAC_OVERRIDE for that. Default: false. */
  keepsDacOverride?: boolean | undefined;
  /**
   * Threads of the symbolizers that are open now keep what reading other users' processes and the kernel's symbols
   * takes: CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_SYSLOG and CAP_CHECKPOINT_RESTORE. Default: false.
   */
  keepsSymbols?: boolean | undefined;
}

/**
 * Takes every other capability from every thread of this process, for good. Not for a program that embeds xcapture and
 * needs them itself. Throws `XcaptureError`.
 */
export function dropCapabilities({ keepsDacOverride = false, keepsSymbols = false }: DropOptions = {}): void {
  const errno = addon().dropCapabilities(keepsDacOverride, keepsSymbols);
  if (errno === 0) return;
  throw new XcaptureError('XCAP_KEEPS_CAPABILITIES', 'cannot give up capabilities after set-up', { errno });
}
