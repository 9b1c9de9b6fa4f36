/**
 * The byte stream from the sampler: one entry after the other, each a head and what its kind says, padded to eight
 * bytes, little-endian. Fields that are columns come from the list of columns; these are the others. Within a
 * struct fields are laid out from the largest to the smallest, so that nothing is ever unaligned.
 */
import { COLUMNS, type Column } from './columns.js';
import { EXTRA_INFO, type ExtraObject } from './extra-info.js';
import type { CType, Field } from './field.js';
import { COMPLETIONS } from './records.js';

/** A field and where it lies, in bytes from the start of the struct. */
export interface PlacedField extends Field {
  readonly offset: number;
}

export interface Struct {
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly PlacedField[];
  /** Bytes, a multiple of eight. */
  readonly size: number;
}

const SIZES: Record<CType, number> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, char16: 16, char32: 32 };
/** Of each struct but the parts of a task, the first eight bytes. */
const HEAD_BYTES = 8;

const HEAD: readonly Field[] = [
  { name: 'kind', ctype: 'u16', comment: 'enum xcap_kind' },
  { name: 'parts', ctype: 'u16', comment: 'enum xcap_part; 0 but for tasks' },
  { name: 'len', ctype: 'u32', comment: 'bytes, with this head and the padding' },
];

function place(name: string, comment: string, start: number, fields: readonly Field[]): Struct {
  const alignment = (field: Field) => (field.ctype.startsWith('char') ? 4 : SIZES[field.ctype]);
  const sorted = start === 0 && name === 'head' ? fields : fields.toSorted((a, b) => alignment(b) - alignment(a));
  let offset = start;
  const placed = sorted.map((field) => {
    const at = offset;
    offset += SIZES[field.ctype];
    return { ...field, offset: at };
  });
  return { name, comment, fields: placed, size: Math.ceil(offset / 8) * 8 };
}

function columnFields(struct: string): Field[] {
  return (COLUMNS as readonly Column[]).flatMap((column) =>
    column.wire?.struct === struct
      ? [{ name: column.wire.field ?? column.name, ctype: column.wire.ctype, comment: column.source }]
      : [],
  );
}

const kind = (name: string, comment: string, fields: readonly Field[]) => place(name, comment, HEAD_BYTES, fields);
const part = (name: string, comment: string, fields: readonly Field[]) => place(name, comment, 0, fields);

const COUNTERS: readonly Field[] = [
  { name: 'taken', ctype: 'u64', comment: 'samples started so far' },
  { name: 'late', ctype: 'u64', comment: 'thereof later than a tenth of the interval' },
  { name: 'missed', ctype: 'u64', comment: 'points of the time grid without a sample so far' },
];

/** Every struct of bpf/record.gen.h, in the order in which it declares them. */
export const STRUCTS: readonly Struct[] = [
  place('head', 'Starts every entry.', 0, HEAD),
  kind('sample_begin', 'Written by the sampler thread before a walk.', [
    { name: 'number', ctype: 'u64', comment: '1, 2, …' },
    { name: 'wall_ns', ctype: 'u64', comment: 'start of the sample, CLOCK_REALTIME' },
    { name: 'mono_ns', ctype: 'u64', comment: 'the same, CLOCK_MONOTONIC' },
    { name: 'weight_ns', ctype: 'u64', comment: 'since the start of the sample before' },
  ]),
  kind('cgroup', 'A control group, before the first task of a walk that is in it. Followed by the names of its path.', [
    { name: 'cgroup_id', ctype: 'u64' },
    { name: 'path_bytes', ctype: 'u16' },
    { name: 'path_flags', ctype: 'u16', comment: 'enum xcap_path' },
  ]),
  kind('process', 'What threads share, before the first of them. Followed by the names of exe, then by cmdline.', [
    { name: 'tgid', ctype: 'u32' },
    { name: 'exe_bytes', ctype: 'u16', comment: 'padded to eight; 0: no such file' },
    { name: 'exe_flags', ctype: 'u16', comment: 'enum xcap_path' },
    { name: 'cmdline_bytes', ctype: 'u16', comment: 'padded to eight; 0: not asked for, or not readable' },
  ]),
  kind('stack', 'A stack that user space does not know yet. Followed by the addresses of its frames, leaf first.', [
    { name: 'hash', ctype: 'u64' },
    { name: 'tgid', ctype: 'u32', comment: 'whose user stack; 0: a kernel stack' },
    { name: 'count', ctype: 'u16', comment: 'frames' },
    { name: 'unwinder', ctype: 'u16', comment: 'enum xcap_unwound_by' },
  ]),
  kind(
    'raw_stack',
    "What native/ unwinds a user stack from. Followed by XCAP_DWARF_REGS registers and the stack's bytes.",
    [
      { name: 'id', ctype: 'u64', comment: 'stands in the tasks for the hash' },
      {
        name: 'memory',
        ctype: 'u64',
        comment: "what the hash begins with: tells one program's addresses from another's",
      },
      { name: 'mm', ctype: 'u64', comment: 'changes with execve' },
      { name: 'start', ctype: 'u64', comment: "address of the stack's first byte" },
      { name: 'valid', ctype: 'u64', comment: 'bit n: register n is known' },
      { name: 'tgid', ctype: 'u32' },
      { name: 'bytes', ctype: 'u32', comment: 'of the stack; a multiple of eight' },
    ],
  ),
  kind('task', 'The fixed core of a task. Its parts follow in the order of their bits.', [
    ...columnFields('task'),
    { name: 'state_word', ctype: 'u32', comment: 'task->__state | task->exit_state' },
    { name: 'kthread', ctype: 'u8', comment: '1: a kernel thread' },
  ]),
  part('syscall', 'Part of a task that is in a system call.', [
    ...columnFields('syscall'),
    { name: 'abi', ctype: 'u32', comment: 'enum xcap_abi' },
  ]),
  part('ns', 'Part of a task whose PID namespace is not the initial one.', columnFields('ns')),
  part('given_path', 'Part of a task in a call that takes a path. Followed by the path as it was given.', [
    { name: 'bytes', ctype: 'u16', comment: 'padded to eight' },
  ]),
  part('file', 'Part of a task that works on a file. Followed by the names of its path.', [
    { name: 'inode', ctype: 'u64' },
    { name: 'magic', ctype: 'u32', comment: 'of its file system; 0: a path, whatever the file system' },
    { name: 'names_bytes', ctype: 'u16', comment: 'padded to eight' },
    { name: 'flags', ctype: 'u16', comment: 'enum xcap_path' },
  ]),
  part('socket', 'Part of a task that works on a socket.', [
    { name: 'inode', ctype: 'u64' },
    { name: 'local', ctype: 'char16', comment: 'IPv6 address, IPv4 in its first four bytes' },
    { name: 'remote', ctype: 'char16', comment: 'the same' },
    { name: 'id', ctype: 'u32', comment: 'NETLINK: port id; PACKET: interface index' },
    { name: 'family', ctype: 'u16', comment: 'AF_…' },
    { name: 'type', ctype: 'u16', comment: 'SOCK_…' },
    { name: 'protocol', ctype: 'u16', comment: 'IPPROTO_… and the like; PACKET: ethernet type' },
    { name: 'local_port', ctype: 'u16' },
    { name: 'remote_port', ctype: 'u16', comment: '0: not connected' },
    { name: 'state', ctype: 'u8', comment: 'sk_state, as TCP numbers it' },
  ]),
  ...(EXTRA_INFO as readonly ExtraObject[]).map(({ name, wireComment, keys, more = [] }) =>
    part(name, wireComment, [...keys.flatMap(({ wire }) => wire ?? []), ...more]),
  ),
  part('tracked', 'Part of a task whose system call is timed to its end.', [
    ...columnFields('tracked'),
    { name: 'enter_ns', ctype: 'u64', comment: 'CLOCK_MONOTONIC at entry, or at its first sample' },
    { name: 'abi', ctype: 'u32', comment: 'enum xcap_abi' },
  ]),
  part('payload', 'Part of a task that writes. Followed by what it writes.', [
    { name: 'bytes', ctype: 'u16', comment: 'padded to eight' },
  ]),
  part('stacks', 'Part of a task whose stacks are asked for.', columnFields('stacks')),
  kind('walk_end', 'Written by the walk when it has shown every task.', [
    { name: 'tasks', ctype: 'u64', comment: 'how many it has looked at' },
    { name: 'unreadable', ctype: 'u64', comment: "values in tasks' memory that could not be read" },
  ]),
  kind('sample_end', 'Written by the sampler thread after a walk.', [
    { name: 'walk_ns', ctype: 'u64', comment: 'from the start of the walk to its end' },
    { name: 'wait_ns', ctype: 'u64', comment: 'thereof waiting for a slow reader' },
    { name: 'late_ns', ctype: 'u64', comment: 'from the grid point to the start of the walk' },
    ...COUNTERS,
    { name: 'error', ctype: 'u32', comment: 'errno that ended the walk early, 0: it is whole' },
  ]),
  kind('run_end', 'The last entry of the sampler thread.', [
    ...COUNTERS,
    ...COMPLETIONS.map(({ entry }) => entry.open),
  ]),
  kind('clock', 'Written by the drain thread before completions.', [
    { name: 'mono_ns', ctype: 'u64', comment: 'CLOCK_MONOTONIC' },
    { name: 'wall_ns', ctype: 'u64', comment: 'CLOCK_REALTIME at that moment' },
  ]),
  ...COMPLETIONS.map(({ name, entry }) => kind(name, entry.comment, entry.fields)),
  kind('lost', 'Completions were lost since the last such entry.', [
    { name: 'count', ctype: 'u64' },
    { name: 'of_kind', ctype: 'u32', comment: 'enum xcap_kind' },
    { name: 'cause', ctype: 'u32', comment: 'enum xcap_loss' },
  ]),
];

/** The struct of that name. Throws when there is none, which is a mistake in the caller. */
export function structOf(name: string): Struct {
  const found = STRUCTS.find((struct) => struct.name === name);
  if (!found) throw new RangeError(`no struct is named ${name}`);
  return found;
}

/** Offsets of a struct's fields from its start, in bytes. */
export function offsetsOf(struct: string): Readonly<Record<string, number>> {
  return Object.fromEntries(structOf(struct).fields.map(({ name, offset }) => [name, offset]));
}
