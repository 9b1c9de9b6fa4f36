/** SCHEMA.md: what the columns and records mean, printed by `xcapture --schema`. */
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import { REASONS, STATES } from '../../lib/schema/enums.js';
import { LAYOUTS } from '../../lib/schema/layouts.js';
import { RECORD_TYPES, SCHEMA_VERSION, type RecordType } from '../../lib/schema/records.js';
import { BANNER } from './banner.js';

const cell = (text: string) => text.replaceAll('|', '\\|');
const code = (text: string) => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function columnTable(): string {
  const rows = (COLUMNS as readonly Column[]).map(({ name, type, unit, description, example, source, onDemand }) => [
    code(name),
    type,
    unit ?? '',
    onDemand ? `${description}; only when named` : description,
    code(String(example)),
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

function layoutList(): string {
  return Object.entries(LAYOUTS)
    .map(([name, columns]) => `- ${name}: ${code(columns.join(','))}`)
    .join('\n');
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

Types of lines, in this order: one \`header\`, then \`sample\` and \`loss\`, at the end one \`summary\`. Readers get what jq,
grep and cat leave of that: a header in the middle starts a new run, unknown types and keys are passed on.

## \`sample\`: one task in one sample

${columnTable()}

Layouts of the table:

${layoutList()}

### States

${table(['state', 'meaning'], states)}

Modifier bits of the kernel's state word (WAKEKILL, FREEZABLE, NOLOAD with SLEEP) do not change the name. A state word that
fits none of these is shown in hex, \`0x4010\`. A task that has named what it waits for but is still on a CPU is \`RUN\`, and
one that was preempted on its way there is \`RUNQ\`. A task whose CPU the sampler itself has taken is \`RUN\`: it would be if
nobody looked. Before Linux 6.1 a task frozen by a version 1 control group is \`DISK\`.

### Idle rules

The verdict of the idle rules is the \`reason\` column. Without \`-a\` only the verdicts marked "yes" are shown.

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

## Other records

${(RECORD_TYPES as readonly RecordType[]).map(recordSection).join('\n\n')}
`;
}
