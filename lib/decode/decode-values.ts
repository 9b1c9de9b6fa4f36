/** What the generated decoder calls: raw values to values of columns. */
import type { ExtraInfo } from './extra-info.gen.js';
import { REASONS, STATES } from '../schema/enums.js';
import { NATIVE_SYSCALLS, COMPAT_SYSCALLS, COMPAT_ABI } from '../lookup/syscalls.js';

/** PROC_PID_INIT_INO of include/linux/proc_ns.h: the inode number of the initial PID namespace, on every machine. */
export const INITIAL_PIDNS = 0xeffffffc;

/** What a row is made of besides its own entry: the sample that it is in, what was told before it, the caches. */
export interface SampleSource {
  /** Two views of the same chunk. */
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly timestamp: string;
  readonly weightUs: number;
  readonly host: string;
  exe(tgid: number): string | undefined;
  cmdline(tgid: number): string | undefined;
  username(uid: number): string;
  /** By the two halves of the control group's id. */
  containerId(low: number, high: number): string | undefined;
  cgroup(low: number, high: number): string | undefined;
  /** The 16 bytes that start at this word. */
  comm(word: number): string;
  /** Lower-case, without leading zeros. */
  hex(low: number, high: number): string;
  /** 16 digits; `undefined` for 0. */
  hash(low: number, high: number): string | undefined;
  /** Where the parts of the task start (words), in the order of `PARTS`; -1 for one that is not there. */
  readonly partAt: Int32Array;
  /** Of the parts that start at this word. */
  path(word: number): string | undefined;
  file(word: number): string;
  connection(word: number): string;
  connState(word: number): string | undefined;
  /** A point of CLOCK_MONOTONIC, by its two halves, as text. */
  wallTime(low: number, high: number): string;
  /** From that point to so many microseconds after the start of the sample, at least 0. Unit: ns. */
  nsUntil(offUs: number, low: number, high: number): number;
  /** Of the part that starts at this word. */
  payload(word: number): string;
  payloadBytes(word: number): number;
  /** Of all the parts. */
  extraInfo(): ExtraInfo | undefined;
}

const STATE_NAMES = STATES.map(({ name }) => name);
const REASON_NAMES = REASONS.map(({ name }) => name);

/** @param word the kernel's state word, shown where the state has no name */
export function stateName(state: number, word: number): string {
  return state > 0 && state < STATE_NAMES.length ? STATE_NAMES[state]! : `0x${word.toString(16)}`;
}

export function reasonName(reason: number): string | undefined {
  return REASON_NAMES[reason];
}

/** @param abi `enum xcap_abi` */
export function syscallName(nr: number, abi: number): string {
  if (abi === 0) return NATIVE_SYSCALLS[nr] ?? `syscall_${nr}`;
  return `${COMPAT_ABI}:${COMPAT_SYSCALLS[nr] ?? `syscall_${nr}`}`;
}
