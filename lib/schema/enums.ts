/**
 * The closed sets of values that cross from BPF to JavaScript as small numbers. The position in a list is the number.
 * Generates the enums of bpf/record.gen.h and the tables in SCHEMA.md.
 */

/** One value of a closed set. */
export interface EnumValue {
  readonly name: string;
  readonly description: string;
}

/** One verdict of the idle rules. */
export interface Reason extends EnumValue {
  /** Left out of the default view. */
  readonly idle: boolean;
}

/** Values of the `state` column. `OTHER` is never shown: the state word is, in hex. */
export const STATES = [
  { name: 'OTHER', description: 'a state word that fits none of these, shown in hex (`0x4010`)' },
  { name: 'RUN', description: 'on a CPU now' },
  { name: 'RUNQ', description: 'runnable and waiting for a CPU' },
  { name: 'SLEEP', description: 'interruptible wait' },
  { name: 'DISK', description: 'uninterruptible wait, also the lock wait of a realtime kernel' },
  { name: 'STOPPED', description: 'stopped by a signal' },
  { name: 'TRACED', description: 'stopped by its tracer' },
  { name: 'ZOMBIE', description: 'has exited, its parent has not asked for the status yet' },
  { name: 'DEAD', description: 'is being removed' },
  { name: 'PARKED', description: 'a kernel thread that is parked' },
  { name: 'IDLE', description: 'an uninterruptible wait that is not load (TASK_IDLE)' },
  { name: 'FROZEN', description: 'frozen by a control group or for suspend' },
  { name: 'NEW', description: 'not started yet' },
  { name: 'WAKING', description: 'being woken, not in a run queue yet' },
] as const satisfies readonly EnumValue[];

/** Verdicts of the idle rules, the values of the `reason` column. */
export const REASONS = [
  { name: 'active', idle: false, description: 'none of the rules below holds' },
  { name: 'kthread', idle: true, description: 'a kernel thread in state SLEEP or IDLE' },
  { name: 'stopped', idle: true, description: 'state STOPPED' },
  { name: 'traced', idle: true, description: 'state TRACED' },
  { name: 'zombie', idle: true, description: 'state ZOMBIE' },
  { name: 'dead', idle: true, description: 'state DEAD' },
  { name: 'parked', idle: true, description: 'state PARKED' },
  { name: 'frozen', idle: true, description: 'state FROZEN' },
  { name: 'sleep', idle: true, description: 'interruptible sleep, in whichever system call' },
] as const satisfies readonly Reason[];

/** Which table a system call number belongs to. */
export const ABIS = [
  { name: 'native', description: "the platform's own 64-bit calls" },
  { name: 'compat', description: "the platform's 32-bit calls: i386 on x86_64, arm on aarch64" },
] as const satisfies readonly EnumValue[];

/** The kinds of entries in the byte stream from the sampler, numbered from 1. */
export const KINDS = [
  { name: 'sample_begin', description: 'written by the sampler thread before a walk' },
  { name: 'cgroup', description: 'a control group and its path, before the first task of the walk that is in it' },
  { name: 'process', description: 'what the threads of a process share, before the first of them' },
  { name: 'task', description: 'one task' },
  { name: 'walk_end', description: 'written by the walk when it has shown every task' },
  { name: 'sample_end', description: 'written by the sampler thread after a walk' },
  { name: 'run_end', description: 'the last entry of the sampler thread' },
] as const satisfies readonly EnumValue[];

/** Bits of `head.parts`: which parts follow the fixed core of a task, in this order. */
export const PARTS = ['syscall', 'ns'] as const;

/** Bits that say what is special about a path. */
export const PATH_FLAGS = [
  { name: 'deleted', description: 'the file has no name any more' },
  { name: 'cut', description: 'there are more leading names than were stored' },
] as const satisfies readonly EnumValue[];

export type ReasonName = (typeof REASONS)[number]['name'];
export type KindName = (typeof KINDS)[number]['name'];
