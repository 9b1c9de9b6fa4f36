/** SCHEMA.md: what the columns and records mean, printed by `xcapture --schema`. */
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import { REASONS, STATES } from '../../lib/schema/enums.js';
import { FRAME_KEYS } from '../../lib/schema/frames.js';
import { EXTRA_INFO, type ExtraKey } from '../../lib/schema/extra-info.js';
import { LAYOUTS } from '../../lib/schema/layouts.js';
import { RECORD_TYPES, SCHEMA_VERSION, type Key, type RecordType } from '../../lib/schema/records.js';
import { BANNER } from './banner.js';
import { csvDoc } from './csv-doc.js';
import { code, table } from './markdown.js';

function columnTable(): string {
  const rows = (COLUMNS as readonly Column[]).map(({ name, type, unit, description, example, source, onDemand }) => [
    code(name),
    type,
    unit ?? '',
    onDemand ? `${description}; only when named` : description,
    code(typeof example === 'object' ? JSON.stringify(example) : String(example)),
    source,
  ]);
  return table(['column', 'type', 'unit', 'meaning', 'example', 'source'], rows);
}

function recordSection({ name, description, keys }: RecordType): string {
  const rows = keys.map((key) => [
    code(key.name),
    key.type,
    key.unit ?? '',
    key.description,
    code(typeof key.example === 'string' ? key.example : JSON.stringify(key.example)),
  ]);
  return `### \`${name}\`\n\n${description}\n\n${table(['key', 'type', 'unit', 'meaning', 'example'], rows)}`;
}

function frameTable(): string {
  const rows = (FRAME_KEYS as readonly Key[]).map(({ name, type, unit, description, example }) => [
    code(name),
    type,
    unit ?? '',
    description,
    code(String(example)),
  ]);
  return table(['key', 'type', 'unit', 'meaning', 'example'], rows);
}

function extraTable(): string {
  const rows = EXTRA_INFO.flatMap(({ name, keys }) =>
    (keys as readonly ExtraKey[]).map((key) => [
      code(`${name}.${key.name}`),
      key.type,
      key.unit ?? '',
      key.description,
      code(String(key.example)),
      key.source,
    ]),
  );
  return table(['key', 'type', 'unit', 'meaning', 'example', 'source'], rows);
}

function layoutList(): string {
  return Object.entries(LAYOUTS)
    .map(([name, columns]) => `- ${name}: ${code(columns.join(','))}`)
    .join('\n');
}

/** The types of lines between the first and the last. `recorder` is in meta files only. */
function between(): string {
  const names = RECORD_TYPES.map(({ name }) => name).filter(
    (name) => !['header', 'summary', 'recorder'].includes(name),
  );
  return ['sample', ...names]
    .map(code)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' and ');
}

/** The whole file. */
export function schemaDoc(): string {
  const states = STATES.filter(({ name }) => name !== 'OTHER').map(({ name, description }) => [
    code(name),
    description,
  ]);
  const reasons = REASONS.map(({ name, idle, description }) => [code(name), idle ? 'no' : 'yes', description]);
  return `# Records and columns

<!-- ${BANNER} -->

Schema version ${SCHEMA_VERSION}. \`xcapture --ndjson\` writes one JSON object a line, in UTF-8; every line has \`type\`. Keys have the
names of the columns, so what \`xcapture -l\` lists is what you write in jq. \`xcapture --json-schema\` prints the JSON
Schema of a line.

- A missing value is an absent key.
- Times are RFC 3339 in UTC with microseconds.
- Integers stay below 2^53. What may exceed that (system call arguments) is lower-case hex text without \`0x\`.
- Text that is not UTF-8 has U+FFFD in place of what is not. Control characters, also DEL and those from U+0080 to
  U+009F, are escaped.
- The clock of a sample is the kernel's monotonic one, mapped to wall time anew for each sample: a clock that is set is
  followed, and suspending the machine moves no older record.

Types of lines: first one \`header\`, then ${between()}, at the end one \`summary\`. What a row names (a stack, a control group) comes
before the row, and completions come after it. Readers get what jq, grep and cat leave of this order: a header in the middle starts a new run, unknown types and keys are passed on.

## \`sample\`: one task in one sample

${columnTable()}

Layouts of the table:

${layoutList()}

### \`extra_info\`

What applies of: ${EXTRA_INFO.map(({ name, description }) => `${code(name)} for ${description}`).join('; ')}.

${extraTable()}

### States

${table(['state', 'meaning'], states)}

Modifier bits of the kernel's state word (WAKEKILL, FREEZABLE, NOLOAD with SLEEP) do not change the name. A state word that
fits none of these is shown in hex, \`0x4010\`. A task that has named what it waits for but is still on a CPU is \`RUN\`, and
one that was preempted on its way there is \`RUNQ\`. A task whose CPU the sampler itself has taken is \`RUN\`: it would be if
nobody looked. Before Linux 6.1 a task frozen by a version 1 control group is \`DISK\`.

### Idle rules

The verdict of the idle rules is the \`reason\` column. Without \`-a\` only the verdicts marked "yes" are shown. Read-class
calls are read, readv, pread, recv, connect, accept, poll, select, epoll_wait and their variants; the threshold is \`-d\`, 10000 by
default. In poll, select and epoll only TCP and UDP sockets waited on for reading count: a listener or a port at or below the threshold among
them makes the thread idle, otherwise one above it makes it \`client\`, and none leaves it \`sleep\`.

${table(['reason', 'shown', 'when'], reasons)}

### In a system call or not

\`syscall\` and its arguments are read off the registers that the task saved when it entered the kernel, and only when those
are not stale.

- Off its CPU a task is in the kernel, so what it saved last is what it is in. \`/proc/PID/syscall\` says the same. Page
  faults and interrupts store -1, and show no system call. A task that lost its CPU on the way out of a call still shows it.
- On a CPU, x86_64: while a call runs the saved \`ax\` holds -ENOSYS. A thread that computes in user space shows no system call,
  also right after one has returned. Limit: a call that itself has returned ENOSYS still shows until the next entry.
- On a CPU, aarch64: while a call runs \`x0\` still equals \`orig_x0\`, its first argument; then the result replaces it. Limit: a
  call whose result equals its first argument still shows until the next exception.
- Threads that the kernel made inside a process (io_uring's workers) are in no system call.
- A register beyond what the call takes holds something left over, and is shown as it is.

### What a task works on

\`filename\`, \`connection\`, \`conn_state\` and \`extra_info\` are about the file behind the system call's arguments.

- Descriptors are looked up in the task's table, whatever their number. One that was closed meanwhile, or is being closed by
  the call itself, has no file any more. A call that takes a path shows the path as it was given; with an empty one (fstat)
  its descriptor. sendfile shows the file that is sent, and the connection that it goes to.
- poll, ppoll, select, pselect6 and epoll are looked through: the first 1024 descriptors of the array, of the bits of the set
  waited on for reading, or of the epoll's tree. The first that makes the thread idle by the rules (a listener, a daemon's port) decides, otherwise the first
  client. \`poll.more\` says that there are more than that and that none of these 1024 made it idle. An epoll inside an epoll is not
  looked into.
- io_getevents: \`aio.inflight\` is what the kernel has counted. It lists only polls; of other requests
  \`aiofilename\` is the file that the request block of the last completed one names now, because programs use their blocks
  again, and absent before the first completion.
- io_uring_enter: \`uring.completed\` counts requests, not completions (a multishot request has many), so
  that the difference to \`submitted\` is in flight. The request shown is one that the kernel lists (it waits until its file is ready), or else the
  newest whose submission queue entry is among the last 32 and whose completion is not; none when \`user_data\` does not tell. Up to Linux
  6.15 requests with CQE_SKIP count as in flight for ever.
- Threads that the kernel makes for rings are threads of the process that owns the ring (\`tgid\`, \`exe\`). A busy
  \`iou-wrk\` shows its request, and in \`owner_tid\` who submitted it.
- Sockets, requests and trees change while they are read, and nothing is locked for that. What a row says is what was there a
  moment ago.

Sets of descriptors, paths and command lines are in the task's own memory. It is read for tasks whose row or verdict depends on it,
and only where that cannot hold up the sampler: not while the task changes its memory map, and not from a mapping of a
file that another program or machine serves (FUSE, NFS and the like; virtiofs counts as a disk). What could not be read is absent, and counted in the summary (\`unreadable\`).

### To the end

With \`-t syscall\` a call that a sample has caught ends in a \`syscend\` record with the same \`tid\` and \`sysc_seq_num\`; with \`-t iorq\` the block request that a row names in an
\`iorqend\` record with the same \`iorq_seq_num\`. Each comes once and after its first sample. What had not ended at the end of the run is counted in the summary
(\`unfinished\`), what was lost in \`loss\` records.

- A call lasts from the tracepoint sys_enter to sys_exit. One that blocks since before the start is timed from its first sample (\`partial\`).
- A row in a system call has no \`sysc_seq_num\` where nothing would follow: the call ended while it was looked at; it computes since before the start;
  it is exit or exit_group, and the kernel has announced that (since Linux 6.16 before it frees the memory); a thread that executes a program has got the id of its
  process on the way. More than eight threads whose kernel stacks lie alike find no place, and count as lost.
- A call that a signal has interrupted ends with ERESTARTSYS and its kin; when it begins anew that is another call. execve ends in the new program. vfork lasts as long as
  the child keeps the memory. A thread that is killed in a call, or ends in it, leaves a record without \`sysc_ret_val\`.
- 32-bit calls are named with their table, \`i386:read\`.
- \`trace_payload\` of \`syscend\` is what was moved, read at the exit, of read, pread64, readv, preadv, recvfrom, recvmsg, recvmmsg, their writing
  counterparts and variants, through vectors and messages; of a sample what a writing call was given, and absent when the call ended meanwhile. What could not be read, or belongs to a call
  whose exit and sample just missed each other, counts as lost. splice, sendfile and i386's socketcall are not looked into.
- \`--track-light\` attaches nothing to system calls; the kernel tells when the sampled thread returns to user mode. What was called, what it returned, and when that was, is
  right, to some microseconds. Nobody saw the call begin. A thread that slept when it was sampled first, in a call that does nothing but wait
  (\`read\`, \`recv…\`, \`accept\`, \`poll\`, \`select\`, \`epoll_wait\`, \`futex\`, \`nanosleep\`, \`wait4\` and their kin), went to sleep as it began: \`clock\` is \`exact\`, and the beginning some microseconds off; more
  where it woke up in between and slept again (MSG_WAITALL, a lock that somebody else got). For all others it is \`bound\`: \`sysc_enter_time\` is the latest that it can have begun, \`duration_ns\` the least
  and \`duration_max_ns\` the most that it can have lasted, since the thread was last seen to return to user mode or was made. It cannot see io_uring_enter, whose waits are left out; calls that let such
  functions run before they are done (an ioctl that runs a virtual machine) count as lost; and payloads.
- A row names the thread's oldest block request in flight, and \`iorq.inflight\` counts them. A thread has the requests that it has put into the block layer itself: direct I/O, what it reads into the page
  cache, its fsync. What the kernel writes back later belongs to kernel threads; a request that an interrupt puts in may be taken for the interrupted thread's.
- \`queued_ns\` is the time from insertion into the scheduler's queue to the last issue to the device, \`service_ns\` from there to completion. A flush alone is \`FLUSH\` of 0 bytes, and is issued when the device was
  asked to flush; one around a write is part of it (\`WRITE|PREFLUSH|FUA\`). A request that was merged into another ends with that, and tells the sector and the bytes of the whole.
- Devices that make no requests of their own (device mapper, md) show those of the devices below.
- With \`-t iorq\` a wait for a ring or an aio context names the oldest request that the block layer has of it, instead of what is said above.

### Stacks

With \`-k\` and \`-u\` a row names its stacks by their hashes, and a \`kstack\` or \`ustack\` record before it has the frames.

- A stack has up to 127 frames, leaf first. All of them count in the hash, and in a user stack's also which program it is: file system, inode
  and generation of its file, where it lies, and how much other code is mapped. Processes that were forked from one share their stacks; programs at the
  same addresses do not.
- The kernel unwinds what is below its scheduler. A thread that runs on a CPU has no kernel stack. Its user stack is where it last entered the kernel: at its
  system call, or at an interrupt some milliseconds ago; in the latter case its frames may have changed since, and what does not fit together ends the stack.
- User stacks are unwound by the tables that compilers write for exceptions (\`.eh_frame\`), from a copy of the thread's registers and up to 28 KiB
  of its stack; a deeper one ends there. Code without tables (just-in-time compilers, Go) is left by its frame pointer. A build without blazesym
  (\`XCAPTURE_BLAZESYM=off\`) has frame pointers only. \`unwinder\` tells.
- A thread that has not run since its last sample has the stacks of that sample, without another look at it.
- Inside a PID namespace of its own xcapture cannot tell which process is which: user stacks are frame pointers then, without names.
- A process that ends before its stack has got names leaves what is known of its files (\`module\`, \`build_id\`, \`offset\`), or else the bare addresses.

Frames:

${frameTable()}

## Other records

${(RECORD_TYPES as readonly RecordType[]).map(recordSection).join('\n\n')}

${csvDoc()}
`;
}
