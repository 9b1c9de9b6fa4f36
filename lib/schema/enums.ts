/**
 * The closed sets of values that cross from BPF to JavaScript as small numbers. The position in a list is the number.
 * Generates the enums of bpf/record.gen.h and the tables in SCHEMA.md.
 */
import { COMPLETIONS, type CompletionName } from './records.js';

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

/** The hierarchy of control groups that tells a task's: version 2, or that of a version 1 controller. */
export const HIERARCHIES = [
  { name: 'v2', description: 'version 2' },
  { name: 'memory', description: 'version 1, controller memory' },
  { name: 'pids', description: 'version 1, controller pids' },
  { name: 'cpu', description: 'version 1, controller cpu' },
] as const satisfies readonly EnumValue[];

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
  { name: 'sleep', idle: true, description: 'every other interruptible sleep' },
  {
    name: 'listen',
    idle: true,
    description: 'in a read-class call on a listening socket, or in poll, select or epoll with a listening TCP socket',
  },
  {
    name: 'daemon_port',
    idle: true,
    description: 'the same on a TCP or UDP socket whose local port is at or below the threshold (`-d`)',
  },
  {
    name: 'unix_server',
    idle: true,
    description:
      'in a direct read on a UNIX stream or seqpacket socket that has a name of its own, so its side accepted',
  },
  {
    name: 'client',
    idle: false,
    description: 'in a read-class call on a TCP or UDP socket whose local port is above the threshold (`-d`)',
  },
  {
    name: 'unix_client',
    idle: false,
    description:
      'in a direct read on a UNIX stream or seqpacket socket without a name of its own, so its side connected; both ends of a socketpair',
  },
  { name: 'aio', idle: false, description: 'in io_getevents with requests in flight' },
  {
    name: 'uring',
    idle: false,
    description:
      'in io_uring_enter with requests in flight; when all of them are socket reads and accepts, the socket rules decide',
  },
] as const satisfies readonly Reason[];

/** Which table a system call number belongs to. */
export const ABIS = [
  { name: 'native', description: "the platform's own 64-bit calls" },
  { name: 'compat', description: "the platform's 32-bit calls: i386 on x86_64, arm on aarch64" },
] as const satisfies readonly EnumValue[];

const OTHER_KINDS = [
  'sample_begin',
  'cgroup',
  'process',
  'stack',
  'raw_stack',
  'task',
  'walk_end',
  'sample_end',
  'run_end',
  'clock',
] as const;

export type KindName = (typeof OTHER_KINDS)[number] | CompletionName | 'lost';

/**
 * The kinds of entries in the byte stream from the sampler, numbered from 1. Each has a struct of its name (wire.ts).
 */
export const KINDS: readonly KindName[] = [...OTHER_KINDS, ...COMPLETIONS.map(({ name }) => name), 'lost'];

/** A piece of a task's entry that is there only when it applies. */
export interface Part {
  readonly name: string;
  /** Its struct in bpf/record.gen.h. */
  readonly struct: string;
  /** The variable of the sampler that holds it, its text after it; and the header in bpf/ that has the variable. */
  readonly row: string;
  readonly header: string;
  /** Field of the struct that says how many bytes of text follow it, padded to eight. */
  readonly tail?: string;
  /** The most bytes of text. */
  readonly max?: string;
}

/** Bits of `head.parts`: which parts follow the fixed core of a task, in this order. Generates bpf/parts.gen.h. */
export const PARTS = [
  { name: 'syscall', struct: 'syscall', row: 'xcap_current_call.call', header: 'task/syscall-target' },
  { name: 'ns', struct: 'ns', row: 'xcap_ns_row', header: 'task/namespaces' },
  {
    name: 'path',
    struct: 'given_path',
    row: 'xcap_path_row',
    header: 'task/syscall-target',
    tail: 'bytes',
    max: 'XCAP_PATH_BYTES',
  },
  {
    name: 'file',
    struct: 'file',
    row: 'xcap_file_row',
    header: 'task/syscall-target',
    tail: 'names_bytes',
    max: 'XCAP_NAMES_BYTES',
  },
  {
    name: 'aio_file',
    struct: 'file',
    row: 'xcap_aio_file_row',
    header: 'task/syscall-target',
    tail: 'names_bytes',
    max: 'XCAP_NAMES_BYTES',
  },
  {
    name: 'uring_file',
    struct: 'file',
    row: 'xcap_uring_file_row',
    header: 'task/syscall-target',
    tail: 'names_bytes',
    max: 'XCAP_NAMES_BYTES',
  },
  { name: 'socket', struct: 'socket', row: 'xcap_socket_row', header: 'task/socket' },
  { name: 'tcp', struct: 'tcp', row: 'xcap_tcp_row', header: 'task/socket' },
  {
    name: 'unix',
    struct: 'unix',
    row: 'xcap_unix_row',
    header: 'task/socket',
    tail: 'name_bytes',
    max: 'XCAP_UNIX_NAME_BYTES',
  },
  { name: 'poll', struct: 'poll', row: 'xcap_poll_row', header: 'task/syscall-target' },
  { name: 'aio', struct: 'aio', row: 'xcap_aio_row', header: 'task/aio' },
  { name: 'uring', struct: 'uring', row: 'xcap_uring_row', header: 'task/uring' },
  { name: 'tracked', struct: 'tracked', row: 'xcap_tracked_row', header: 'tracking/mark-call' },
  { name: 'iorq', struct: 'iorq', row: 'xcap_iorq_row', header: 'tracking/mark-request' },
  {
    name: 'payload',
    struct: 'payload',
    row: 'xcap_payload_row',
    header: 'task/write-payload',
    tail: 'bytes',
    max: 'XCAP_PAYLOAD_BYTES',
  },
  { name: 'stacks', struct: 'stacks', row: 'xcap_stacks_row', header: 'task/stack' },
] as const satisfies readonly Part[];

/** Bits that say what is special about the end of a system call. */
export const CALL_FLAGS = [
  { name: 'partial', description: 'it was running before the start, and is timed from its first sample' },
  { name: 'no_return', description: 'the thread has ended inside it' },
  { name: 'light', description: 'nobody saw it begin' },
  { name: 'slept', description: 'and it slept when it was sampled first' },
] as const satisfies readonly EnumValue[];

/** Why completions were lost. */
export const LOSS_CAUSES = [
  { name: 'ring_full', description: 'the ring buffer of completions was full' },
  { name: 'no_slot', description: 'more threads than there are slots for' },
  { name: 'map_full', description: 'more block requests in flight than there is room for' },
  { name: 'unseen', description: 'the kernel did not tell of its end' },
  { name: 'no_payload', description: 'the payload could not be read; the record is there without it' },
] as const satisfies readonly EnumValue[];

/** What has made the frames of a stack. */
export const UNWINDERS = [
  { name: 'kernel', description: "the kernel's own unwinder" },
  { name: 'frame_pointer', description: 'frame pointers' },
  { name: 'eh_frame', description: 'unwind tables of the mapped files; where there are none, frame pointers' },
] as const satisfies readonly EnumValue[];

/** Bits that say what is special about a path. */
export const PATH_FLAGS = [
  { name: 'deleted', description: 'the file has no name any more' },
  { name: 'cut', description: 'there are more leading names than were stored' },
] as const satisfies readonly EnumValue[];

/** What stands for an address or name of a UNIX socket. */
export const UNIX_FLAGS = [
  { name: 'present', description: 'a name follows' },
  { name: 'abstract', description: 'the name is an abstract one' },
  { name: 'own', description: "the name is its own, not its peer's" },
] as const satisfies readonly EnumValue[];

/** How a system call names what it works on. Generates the enum that bpf/syscalls.gen.h uses. */
export const TARGETS = [
  { name: 'none', description: 'nothing that could be named' },
  { name: 'fd', description: 'a descriptor' },
  { name: 'path', description: 'a path' },
  { name: 'poll', description: 'an array of struct pollfd' },
  { name: 'select', description: 'sets of descriptors' },
  { name: 'epoll', description: 'a descriptor of an epoll instance' },
  { name: 'aio', description: 'an aio context to wait for' },
  { name: 'aio_submit', description: 'an array of iocbs' },
  { name: 'uring', description: 'a descriptor of a ring' },
] as const satisfies readonly EnumValue[];

/** How the payload of a system call lies in memory. Generates the enum that bpf/payloads.gen.h uses. */
export const PAYLOAD_LAYOUTS = [
  { name: 'none', description: 'it has no payload' },
  { name: 'buffer', description: 'a buffer' },
  { name: 'vectors', description: 'an array of struct iovec' },
  { name: 'message', description: 'a struct msghdr' },
  { name: 'messages', description: 'an array of struct mmsghdr' },
] as const satisfies readonly EnumValue[];

export type PayloadLayoutName = (typeof PAYLOAD_LAYOUTS)[number]['name'];
export type PartName = (typeof PARTS)[number]['name'];
export type TargetName = (typeof TARGETS)[number]['name'];
export type ReasonName = (typeof REASONS)[number]['name'];
