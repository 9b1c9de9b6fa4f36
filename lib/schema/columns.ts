/**
 * THE list of columns. Read at run time by `-l`, the layouts, the table, NDJSON and the JSON Schema; generates
 * bpf/record.gen.h, the decoder, the types and the tables in SCHEMA.md (tools/generate.ts).
 */

/** How a value looks: `time` and `hex` are text in a fixed form, `integer` stays below 2^53, `object` has keys of its own. */
export type ColumnType = 'time' | 'integer' | 'hex' | 'text' | 'object';

/** Where BPF stores the column's raw value. */
export interface WireField {
  /** Struct of bpf/record.gen.h: the core of a task, or one of its parts. */
  readonly struct: 'task' | 'syscall' | 'ns' | 'tracked' | 'iorq' | 'stacks';
  readonly ctype: 'u8' | 's32' | 'u32' | 'u64' | 'char16';
  /** Name of the struct's field, where it is not the column's. */
  readonly field?: string;
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit of an `integer`. */
  readonly unit?: 'us' | 'ns' | 'bytes';
  /** Usual width in the table, in terminal cells. */
  readonly width: number;
  readonly description: string;
  readonly example: string | number | object;
  /** Where the value comes from: kernel fields, or what user space makes it of. */
  readonly source: string;
  readonly wire?: WireField;
  /** Never a default: costs something, or repeats itself. Has to be named with -g or -G. */
  readonly onDemand?: true;
}

const argument = (n: 1 | 2 | 3 | 4 | 5 | 6) =>
  ({
    name: `sysc_arg${n}`,
    type: 'hex',
    width: 12,
    description: `argument ${n} of the system call as the register holds it; what the call does not take is left-over`,
    example: n === 1 ? '3' : '7ffd5c3a1e40',
    source: 'task_pt_regs(task)',
    wire: { struct: 'syscall', ctype: 'u64', field: `arg${n}` },
  }) as const;

export const COLUMNS = [
  {
    name: 'timestamp',
    type: 'time',
    width: 27,
    description: 'start of the sample, the same in all its rows',
    example: '2026-11-23T01:07:28.350568Z',
    source: 'CLOCK_MONOTONIC at the start of the walk, mapped to CLOCK_REALTIME anew for each sample',
  },
  {
    name: 'weight_us',
    type: 'integer',
    unit: 'us',
    width: 9,
    description: 'how much time this row stands for: from the start of the sample before to the start of this one',
    example: 1000000,
    source: 'CLOCK_MONOTONIC; the interval asked for in the first sample',
  },
  {
    name: 'off_us',
    type: 'integer',
    unit: 'us',
    width: 7,
    description: 'from the start of the sample to the moment when this task was read',
    example: 412,
    source: 'bpf_ktime_get_ns()',
    wire: { struct: 'task', ctype: 'u32' },
  },
  {
    name: 'tid',
    type: 'integer',
    width: 7,
    description: 'thread id in the initial PID namespace',
    example: 4242,
    source: 'task->pid',
    wire: { struct: 'task', ctype: 'u32' },
  },
  {
    name: 'tgid',
    type: 'integer',
    width: 7,
    description: 'process id in the initial PID namespace',
    example: 4240,
    source: 'task->tgid',
    wire: { struct: 'task', ctype: 'u32' },
  },
  {
    name: 'nstid',
    type: 'integer',
    width: 7,
    description: "thread id in the task's own PID namespace",
    example: 7,
    source: 'task->thread_pid->numbers[level].nr',
    wire: { struct: 'ns', ctype: 'u32' },
  },
  {
    name: 'nstgid',
    type: 'integer',
    width: 7,
    description: "process id in the task's own PID namespace",
    example: 1,
    source: 'task->signal->pids[PIDTYPE_TGID]->numbers[level].nr',
    wire: { struct: 'ns', ctype: 'u32' },
  },
  {
    name: 'pidns',
    type: 'integer',
    width: 10,
    description: "inode number of the task's PID namespace, as /proc/PID/ns/pid shows it",
    example: 4026531836,
    source: 'task->thread_pid->numbers[level].ns->ns.inum',
    wire: { struct: 'ns', ctype: 'u32' },
  },
  {
    name: 'cgroup_id',
    type: 'integer',
    width: 9,
    description:
      'id of the control group, the inode number of its directory: in the version 2 hierarchy, or where nobody uses that in the version 1 hierarchy of memory, pids or cpu (the header says which)',
    example: 6543,
    source: 'task->cgroups->dfl_cgrp->kn->id, or task->cgroups->subsys[ID]->cgroup->kn->id',
    wire: { struct: 'task', ctype: 'u64' },
  },
  {
    name: 'cgroup',
    type: 'text',
    width: 32,
    description: "path of the control group from its hierarchy's root, as /proc/PID/cgroup has it",
    example: '/system.slice/postgresql@15-main.service',
    source: 'names of that kn and its parents',
    onDemand: true,
  },
  {
    name: 'container_id',
    type: 'text',
    width: 12,
    description: "the container's id, where the control group's path has one (64 hex digits)",
    example: 'f2c5a1d87e3b4096f2c5a1d87e3b4096f2c5a1d87e3b4096f2c5a1d87e3b4096',
    source: 'the same path',
  },
  {
    name: 'state',
    type: 'text',
    width: 7,
    description: 'what the scheduler says about the task (table below)',
    example: 'DISK',
    source: 'task->__state, ->exit_state, ->on_cpu, ->on_rq, ->frozen',
    wire: { struct: 'task', ctype: 'u8' },
  },
  {
    name: 'reason',
    type: 'text',
    width: 11,
    description: 'verdict of the idle rules (table below)',
    example: 'active',
    source: 'the idle rules, decided in the kernel',
    wire: { struct: 'task', ctype: 'u8' },
  },
  {
    name: 'uid',
    type: 'integer',
    width: 6,
    description: 'effective user id in the initial user namespace',
    example: 1000,
    source: 'task->cred->euid',
    wire: { struct: 'task', ctype: 'u32' },
  },
  {
    name: 'username',
    type: 'text',
    width: 8,
    description: "the effective user's name; the number when it has none",
    example: 'postgres',
    source: 'getpwuid(uid)',
  },
  {
    name: 'exe',
    type: 'text',
    width: 24,
    description:
      "full path of the program inside the task's root; `[kernel]` for kernel threads; ` (deleted)` after the path of a file without a name; `…/` before a path too long to be read whole",
    example: '/usr/lib/postgresql/15/bin/postgres',
    source: 'task->mm->exe_file->f_path, up to task->fs->root',
  },
  {
    name: 'comm',
    type: 'text',
    width: 15,
    description: 'name of the thread',
    example: 'checkpointer',
    source: 'task->comm',
    wire: { struct: 'task', ctype: 'char16' },
  },
  {
    name: 'cmdline',
    type: 'text',
    width: 40,
    description: 'command line, its arguments joined by blanks, the first 4096 bytes',
    example: '/usr/bin/node server.js --port 8080',
    source: 'the memory from task->mm->arg_start to ->arg_end',
    onDemand: true,
  },
  {
    name: 'cpu',
    type: 'integer',
    width: 3,
    description: 'the CPU that the task runs on, or ran on last',
    example: 3,
    source: 'task_cpu(task)',
    wire: { struct: 'task', ctype: 'u32' },
  },
  {
    name: 'syscall',
    type: 'text',
    width: 16,
    description:
      'system call that the task is in, read off the task; `i386:NAME` or `arm:NAME` for a 32-bit one, `syscall_NUMBER` for a number without a name',
    example: 'pwrite64',
    source: 'task_pt_regs(task)',
    wire: { struct: 'syscall', ctype: 's32', field: 'nr' },
  },
  {
    name: 'syscall_active',
    type: 'text',
    width: 16,
    description:
      'system call that the task is in by its tracepoint; absent without `-t syscall`, and between user space and the tracepoint',
    example: 'pwrite64',
    source: 'sys_enter',
    wire: { struct: 'tracked', ctype: 's32', field: 'nr' },
  },
  {
    name: 'sysc_seq_num',
    type: 'integer',
    width: 16,
    description: 'with `tid` the name of this one system call, for its `syscend` record',
    example: 1763946448350570,
    source: 'a counter that starts at the time of the start in microseconds',
    wire: { struct: 'tracked', ctype: 'u64' },
  },
  {
    name: 'sysc_entry_time',
    type: 'time',
    width: 27,
    description: 'when the system call was entered; its first sample when that was before the start',
    example: '2026-11-23T01:07:28.150568Z',
    source: 'CLOCK_MONOTONIC in sys_enter, mapped to wall time by the clock of the sample',
  },
  {
    name: 'sysc_ns_so_far',
    type: 'integer',
    unit: 'ns',
    width: 12,
    description: 'how long it has taken when this task was read',
    example: 200412000,
    source: 'the same',
  },
  {
    name: 'sysc_us_so_far',
    type: 'integer',
    unit: 'us',
    width: 10,
    description: 'the same in microseconds, for the table',
    example: 200412,
    source: 'the same',
    onDemand: true,
  },
  argument(1),
  argument(2),
  argument(3),
  argument(4),
  argument(5),
  argument(6),
  {
    name: 'filename',
    type: 'text',
    width: 32,
    description:
      "the file that the system call works on, in the words of /proc/PID/fd: its full path inside the task's root, or what it is (`pipe:[INODE]`, `socket:[INODE]`, `anon_inode:[eventfd]`); ` (deleted)` follows the path of a file without a name, `…/` leads one too long to be read whole; for a call that takes a path, the path as it was given; for poll, select and epoll the file of the descriptor that decides the idle rules",
    example: '/var/lib/postgresql/15/main/base/5/16384',
    source: 'task->files->fdt->fd[ARG]->f_path, up to task->fs->root; the string that ARG points to',
  },
  {
    name: 'aiofilename',
    type: 'text',
    width: 32,
    description:
      'file of an asynchronous I/O request (io_submit) of the queue that the task waits for: of one in flight where the kernel lists these, with `-t iorq` of the oldest at a disk, otherwise of the request block that completed last',
    example: '/var/lib/mysql/ibdata1',
    source: 'kioctx->active_reqs; the iocb that the last io_event in the ring points to',
  },
  {
    name: 'uringfilename',
    type: 'text',
    width: 32,
    description:
      'file of an io_uring request in flight in the ring that the task waits for (with `-t iorq` of the oldest at a disk), or that the worker works on',
    example: '/var/lib/scylla/data/ks/t-1/md-1-big-Data.db',
    source: 'io_kiocb->file; the file of the submission queue entry',
  },
  {
    name: 'connection',
    type: 'text',
    width: 36,
    description:
      "the socket that the task works on: `TCP LOCAL:PORT->REMOTE:PORT`, a listener without the remote side; `UDP …`; `UNIX-STREAM NAME pid=PEER` (`-DGRAM`, `-SEQ`; its own name or else its peer's, abstract ones with `@`); `RAW LOCAL:PROTOCOL`, `NETLINK PROTOCOL:PORTID`, `PACKET PROTOCOL:IFINDEX`, other families by name. IPv4-mapped IPv6 is shown as IPv4",
    example: 'TCP 10.0.0.1:22->10.0.0.2:52030',
    source: 'file->private_data->sk',
  },
  {
    name: 'conn_state',
    type: 'text',
    width: 10,
    description: 'state of that socket in the words of ss (`ESTAB`, `SYN-SENT`, `CLOSE-WAIT`, `LISTEN`, `UNCONN`, …)',
    example: 'ESTAB',
    source: 'sk->sk_state',
  },
  {
    name: 'extra_info',
    type: 'object',
    width: 40,
    description: 'what else is known of the thing waited for (table below)',
    example: { poll: { fds: 12, fd: 7 } },
    source: 'see the table',
  },
  {
    name: 'iorq_seq_num',
    type: 'integer',
    width: 16,
    description:
      'the oldest block request in flight that the thread has made, by the number of its `iorqend` record; absent without `-t iorq`',
    example: 1763946448350571,
    source: 'block_rq_insert, block_rq_issue',
    wire: { struct: 'iorq', ctype: 'u64' },
  },
  {
    name: 'kstack_hash',
    type: 'hex',
    width: 16,
    description:
      'the kernel stack, by the `hash` of its `kstack` record; absent without `-k`, and for a thread on a CPU',
    example: '8c3e21f0a9b4d775',
    source: 'bpf_get_task_stack',
    wire: { struct: 'stacks', ctype: 'u64' },
  },
  {
    name: 'ustack_hash',
    type: 'hex',
    width: 16,
    description: 'the stack in user mode, by the `hash` of its `ustack` record; absent without `-u`',
    example: '0f7a53c19e2d4b68',
    source: "task_pt_regs(task) and the task's memory",
    wire: { struct: 'stacks', ctype: 'u64' },
  },
  {
    name: 'trace_payload',
    type: 'hex',
    width: 40,
    description: 'what the task writes or sends, the first 512 bytes as hex; absent without `-Y`',
    example: '53454c4543542031',
    source: "the task's memory, through iovecs",
  },
  {
    name: 'trace_payload_len',
    type: 'integer',
    unit: 'bytes',
    width: 4,
    description: 'how many bytes that are',
    example: 8,
    source: 'the same',
  },
  {
    name: 'host',
    type: 'text',
    width: 12,
    description: 'name of this machine',
    example: 'db7',
    source: 'uname(2)',
    onDemand: true,
  },
] as const satisfies readonly Column[];

export type ColumnName = (typeof COLUMNS)[number]['name'];

/** All columns by their names. */
export const COLUMN_BY_NAME: ReadonlyMap<string, Column> = new Map(COLUMNS.map((column) => [column.name, column]));
