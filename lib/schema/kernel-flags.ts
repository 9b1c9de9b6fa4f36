/**
 * The flags of the BPF programs: read-only data that is set before loading, so that the verifier drops what is off. A
 * row generates the variable `xcap_NAME` (bpf/config.gen.h), and what the addon reads from JavaScript and sets in the
 * programs (native/sampling/flags.gen.h).
 */

export interface KernelFlag {
  readonly name: string;
  readonly ctype: 'bool' | 'u16' | 'u32';
  readonly default: boolean | number;
  readonly comment: string;
  /** native/ sets it, and JavaScript cannot. */
  readonly isNative?: true;
}

export const KERNEL_FLAGS = [
  { name: 'all', ctype: 'bool', default: false, comment: '-a: rows for idle tasks, too.' },
  {
    name: 'daemon_ports',
    ctype: 'u16',
    default: 10000,
    comment: "-d: the idle rules take a socket whose local port is not above this one for a daemon's.",
  },
  {
    name: 'hierarchy',
    ctype: 'u32',
    default: 0,
    comment: 'enum xcap_hierarchy: the control groups of version 2, or where nobody uses it of a version 1 controller.',
  },
  { name: 'want_cmdline', ctype: 'bool', default: false, comment: 'Command lines.' },
  { name: 'want_container', ctype: 'bool', default: false, comment: 'Paths of control groups.' },
  { name: 'want_filename', ctype: 'bool', default: false, comment: 'The file or path of a system call.' },
  { name: 'want_socket', ctype: 'bool', default: false, comment: 'The socket of a system call.' },
  {
    name: 'want_extra',
    ctype: 'bool',
    default: false,
    comment: 'What extra_info has besides the socket, aio and io_uring: TCP, and what poll, select and epoll wait for.',
  },
  { name: 'want_aio', ctype: 'bool', default: false, comment: 'Requests of io_submit.' },
  { name: 'want_uring', ctype: 'bool', default: false, comment: 'Requests of io_uring.' },
  {
    name: 'want_payload',
    ctype: 'bool',
    default: false,
    comment: '-Y: what a sampled call writes, and at its end what it has read or written.',
  },
  { name: 'want_kstack', ctype: 'bool', default: false, comment: '-k.' },
  { name: 'want_ustack', ctype: 'bool', default: false, comment: '-u.' },
  {
    name: 'want_slice',
    ctype: 'bool',
    default: false,
    comment: '-u, where user space unwinds: registers and a slice of the stack instead of frames.',
    isNative: true,
  },
  { name: 'track_calls', ctype: 'bool', default: false, comment: '-t syscall.', isNative: true },
  {
    name: 'track_task_work',
    ctype: 'bool',
    default: false,
    comment: '--track-light: the walk itself tracks calls, by task work.',
    isNative: true,
  },
  { name: 'track_requests', ctype: 'bool', default: false, comment: '-t iorq.', isNative: true },
  {
    name: 'gives_slots',
    ctype: 'bool',
    default: false,
    comment: '-p with -t syscall: the walk gives slots to the threads that it meets.',
    isNative: true,
  },
  {
    name: 'claims',
    ctype: 'bool',
    default: true,
    comment: 'Every thread gets a slot at its first call; off with -p.',
    isNative: true,
  },
] as const satisfies readonly KernelFlag[];

type FromJs = Exclude<(typeof KERNEL_FLAGS)[number], { readonly isNative: true }>;

export type KernelFlagName = FromJs['name'];

/** What JavaScript sets; the others have their default. */
export type KernelFlags = {
  readonly [Flag in FromJs as Flag['name']]?: (Flag['ctype'] extends 'bool' ? boolean : number) | undefined;
};
