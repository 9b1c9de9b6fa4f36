/**
 * lib/decode/sample.gen.ts: the two hot loops, from bytes to a row and from a row to JSON, as straight-line code, so
 * that every row has one hidden class and no column costs a look-up.
 */
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import { PARTS } from '../../lib/schema/enums.js';
import { structOf, type PlacedField } from '../../lib/schema/wire.js';
import { BANNER } from './banner.js';

function fieldOf(column: Column): PlacedField {
  const wire = column.wire;
  const found = wire && structOf(wire.struct).fields.find((field) => field.name === (wire.field ?? column.name));
  if (!found) throw new RangeError(`column ${column.name} has no field in the byte stream`);
  return found;
}

/** Word (four bytes) of a field, from the start of its struct. */
const wordOf = (column: Column) => fieldOf(column).offset / 4;
const offsetIn = (struct: string, name: string) => {
  const found = structOf(struct).fields.find((field) => field.name === name);
  if (!found) throw new RangeError(`struct ${struct} has no field ${name}`);
  return found.offset;
};

/** Where the part starts: the word index of the code that it generates for. */
const START = { task: 'at', syscall: 'syscall', ns: 'ns', tracked: 'tracked', iorq: 'iorq', stacks: 'stacks' } as const;

const word = (column: Column, extra = 0) =>
  `words[${START[column.wire?.struct ?? 'task']} + ${wordOf(column) + extra}]!`;
const byte = (column: Column) => `bytes[at * 4 + ${fieldOf(column).offset}]!`;
const inTask = (name: string) => `words[at + ${offsetIn('task', name) / 4}]!`;

/** Parts that columns are made of; the others are for `extra_info`. */
const NAMED_PARTS = new Set<string>([
  'syscall',
  'ns',
  'path',
  'file',
  'aio_file',
  'uring_file',
  'socket',
  'tracked',
  'iorq',
  'payload',
  'stacks',
]);

const TS_TYPES: Readonly<Record<Column['type'], string>> = {
  time: 'string',
  integer: 'number',
  hex: 'string',
  text: 'string',
  object: 'ExtraInfo',
};

const inTracked = (name: string, extra = 0) => `words[tracked + ${offsetIn('tracked', name) / 4 + extra}]!`;
const ENTER = `${inTracked('enter_ns')}, ${inTracked('enter_ns', 1)}`;
const wide = (column: Column) => `${word(column)} + ${word(column, 1)} * 0x100000000`;

const hash = (column: Column) => `stacks < 0 ? undefined : source.hash(${word(column)}, ${word(column, 1)})`;

/** How a column's value is made, where that is more than reading its field. */
const DECODE: Readonly<Record<string, (column: Column) => string>> = {
  timestamp: () => 'source.timestamp',
  weight_us: () => 'source.weightUs',
  nstid: (column) => `ns < 0 ? ${inTask('tid')} : ${word(column)}`,
  nstgid: (column) => `ns < 0 ? ${inTask('tgid')} : ${word(column)}`,
  pidns: (column) => `ns < 0 ? INITIAL_PIDNS : ${word(column)}`,
  container_id: () =>
    `source.containerId(${inTask('cgroup_id')}, words[at + ${offsetIn('task', 'cgroup_id') / 4 + 1}]!)`,
  cgroup: () => `source.cgroup(${inTask('cgroup_id')}, words[at + ${offsetIn('task', 'cgroup_id') / 4 + 1}]!)`,
  state: (column) => `stateName(${byte(column)}, ${inTask('state_word')})`,
  reason: (column) => `reasonName(${byte(column)})`,
  username: () => `source.username(${inTask('uid')})`,
  exe: () => `bytes[at * 4 + ${offsetIn('task', 'kthread')}] ? '[kernel]' : source.exe(${inTask('tgid')})`,
  cmdline: () => `source.cmdline(${inTask('tgid')})`,
  comm: (column) => `source.comm(at + ${wordOf(column)})`,
  syscall: (column) =>
    `syscall < 0 ? undefined : syscallName(${word(column)} | 0, words[syscall + ${offsetIn('syscall', 'abi') / 4}]!)`,
  filename: () => `file < 0 ? path < 0 ? undefined : source.path(path) : source.file(file)`,
  aiofilename: () => 'aio_file < 0 ? undefined : source.file(aio_file)',
  uringfilename: () => 'uring_file < 0 ? undefined : source.file(uring_file)',
  connection: () => 'socket < 0 ? undefined : source.connection(socket)',
  conn_state: () => 'socket < 0 ? undefined : source.connState(socket)',
  extra_info: () => 'source.extraInfo()',
  syscall_active: (column) => `tracked < 0 ? undefined : syscallName(${word(column)} | 0, ${inTracked('abi')})`,
  sysc_seq_num: (column) => `tracked < 0 ? undefined : ${wide(column)}`,
  sysc_entry_time: () => `tracked < 0 ? undefined : source.wallTime(${ENTER})`,
  sysc_ns_so_far: () => `tracked < 0 ? undefined : source.nsUntil(${inTask('off_us')}, ${ENTER})`,
  sysc_us_so_far: () => `tracked < 0 ? undefined : Math.floor(source.nsUntil(${inTask('off_us')}, ${ENTER}) / 1000)`,
  iorq_seq_num: (column) => `iorq < 0 ? undefined : ${wide(column)}`,
  kstack_hash: hash,
  ustack_hash: hash,
  trace_payload: () => 'payload < 0 ? undefined : source.payload(payload)',
  trace_payload_len: () => 'payload < 0 ? undefined : source.payloadBytes(payload)',
  host: () => 'source.host',
};

function decode(column: Column): string {
  const own = DECODE[column.name];
  if (own) return own(column);
  if (column.type === 'hex') return `syscall < 0 ? undefined : source.hex(${word(column)}, ${word(column, 1)})`;
  if (column.wire?.ctype === 'u64') return wide(column);
  return word(column);
}

/** Text that a program, a file or a user may have chosen has to be escaped; the rest is ours. */
const OWN_TEXT = new Set(['container_id', 'state', 'reason', 'syscall', 'syscall_active', 'conn_state']);

const keyOf = (column: Column) => `KEY_${column.name.toUpperCase()}`;

function encode(column: Column): string {
  const value = `row.${column.name}`;
  if (column.type === 'object') {
    return `  if (${value} !== undefined) {\n    to.raw(${keyOf(column)});\n    encodeExtraInfo(${value}, to);\n  }`;
  }
  const isFree = column.type === 'text' && !OWN_TEXT.has(column.name);
  const method = column.type === 'integer' ? 'number' : isFree ? 'quoted' : 'plain';
  return `  if (${value} !== undefined) {\n    to.raw(${keyOf(column)});\n    to.${method}(${value});\n  }`;
}

/** Columns that differ between two samples of a thread that has not moved, and those that its entry does not tell. */
const OF_SAMPLE = new Set(['timestamp', 'weight_us', 'off_us', 'sysc_ns_so_far', 'sysc_us_so_far']);
const OF_OTHERS = new Set(['exe', 'cmdline', 'container_id', 'cgroup']);

/** Columns in a row that one row mostly shares with the next: of one sample, and of threads of one process. */
const SPANS = [
  { first: 'timestamp', last: 'weight_us' },
  { first: 'pidns', last: 'cmdline' },
];

function encodeAll(columns: readonly Column[]): string[] {
  const indexOf = (wanted: string) => columns.findIndex(({ name }) => name === wanted);
  let next = 0;
  const code = SPANS.flatMap(({ first, last }, span) => {
    const start = indexOf(first);
    if (start < 0) return [];
    const end = indexOf(last) + 1;
    const before = columns.slice(next, start).map(encode);
    const inside = columns.slice(start, end);
    next = end;
    const same = inside.map(({ name }) => `row.${name} === before.${name}`).join(' && ');
    return [
      ...before,
      `  if (before !== undefined && ${same}) to.repeatSpan(${span});`,
      '  else {',
      `  to.beginSpan(${span});`,
      ...inside.map(encode),
      `  to.endSpan(${span});`,
      '  }',
    ];
  });
  return [...code, ...columns.slice(next).map(encode)];
}

/** The whole file. */
export function sampleCode(): string {
  const columns = COLUMNS as readonly Column[];
  const head = columns.filter(({ name }) => OF_SAMPLE.has(name));
  const cached = columns.filter(({ name }) => !OF_SAMPLE.has(name));
  const parts = PARTS.flatMap(({ name }, index) =>
    NAMED_PARTS.has(name) ? [`  const ${name} = source.partAt[${index}]!;`] : [],
  );
  return [
    `/** ${BANNER} */`,
    "import { reasonName, stateName, syscallName, INITIAL_PIDNS, type SampleSource } from './decode-values.js';",
    "import { encodeExtraInfo, type ExtraInfo } from './extra-info.gen.js';",
    "import { bytesOf, ROOM_AFTER_TEXT, type ByteWriter } from '../format/byte-writer.js';",
    "import type { SampleRecord } from '../schema/types.gen.js';",
    '',
    '/** Which columns to decode. */',
    "export type Wanted = Readonly<Record<keyof Omit<SampleRecord, 'type'>, boolean>>;",
    '',
    '/** A sample row with all columns in one hidden class; a missing value is `undefined`. */',
    'export class SampleRow implements SampleRecord {',
    "  readonly type = 'sample';",
    ...columns.map(({ name, type }) => `  ${name}: ${TS_TYPES[type]} | undefined = undefined;`),
    '  /** What a row has in common with that of the sample before, and its text. */',
    '  #cachedPart: CachedPart | undefined = undefined;',
    '',
    '  /** Tells that a row is the same as an older one, but for the columns of its sample. */',
    '  static share(row: SampleRow, before: SampleRow): void {',
    '    row.#cachedPart = before.#cachedPart ??= new CachedPart(before);',
    '  }',
    '',
    '  /** `undefined` also when the row was changed since. */',
    '  static cachedPartOf(row: SampleRow): CachedPart | undefined {',
    '    const cached = row.#cachedPart;',
    '    return cached !== undefined && isSameCachedPart(row, cached.of) ? cached : undefined;',
    '  }',
    '}',
    '',
    '/** The part of a line of NDJSON or CSV that a thread which has not moved repeats in each sample. */',
    'export class CachedPart {',
    '  readonly of: SampleRow;',
    '  json: string | undefined = undefined;',
    '  csv: string | undefined = undefined;',
    '  /** The hour that `csv` is for. */',
    '  csvHour: object | undefined = undefined;',
    '',
    '  constructor(of: SampleRow) {',
    '    this.of = of;',
    '  }',
    '}',
    '',
    '/** The entry of a task that is the same, but for its sample, as the one that `before` was made of. */',
    'export function repeatSample(source: SampleSource, want: Wanted, at: number, before: SampleRow): SampleRow {',
    '  const { words, bytes } = source;',
    '  const row = new SampleRow();',
    ...parts.filter((line) => line.includes(' tracked ')),
    ...columns.map((column) =>
      OF_SAMPLE.has(column.name) || OF_OTHERS.has(column.name)
        ? `  if (want.${column.name}) row.${column.name} = ${decode(column)};`
        : `  row.${column.name} = before.${column.name};`,
    ),
    '  SampleRow.share(row, before);',
    '  return row;',
    '}',
    '',
    'function isSameCachedPart(row: SampleRow, of: SampleRow): boolean {',
    `  return ${cached.map(({ name }) => `row.${name} === of.${name}`).join(' && ')};`,
    '}',
    '',
    '/**',
    ' * The task entry that starts at word `at`, whose parts the source has found.',
    ' */',
    'export function decodeSample(source: SampleSource, want: Wanted, at: number): SampleRow {',
    '  const { words, bytes } = source;',
    '  const row = new SampleRow();',
    ...parts,
    ...columns.map((column) => `  if (want.${column.name}) row.${column.name} = ${decode(column)};`),
    '  return row;',
    '}',
    '',
    'const START = bytesOf(\'{"type":"sample"\');',
    "const END = bytesOf('}\\n');",
    ...columns.map((column) => `const ${keyOf(column)} = bytesOf(',"${column.name}":');`),
    '',
    '/**',
    ' * Writes one line of NDJSON with its newline.',
    ' * @param before the row that was written before this one, if the writer has not been cleared since',
    ' * @param told the last one before it for which this function has returned true, likewise',
    ' * @returns was more written than a copy of what an older row has in common with this one?',
    ' */',
    'export function encodeSample(row: SampleRow, to: ByteWriter, before?: SampleRow, told?: SampleRow): boolean {',
    '  to.reserve(ROOM_AFTER_TEXT);',
    '  to.raw(START);',
    ...encodeAll(head),
    '  const cached = SampleRow.cachedPartOf(row);',
    '  if (cached === undefined) encodeCachedPart(row, to, told);',
    '  else if (cached.json === undefined) cached.json = to.copyOf(() => encodeCachedPart(row, to, told));',
    '  else {',
    '    to.ascii(cached.json);',
    '    return false;',
    '  }',
    '  return true;',
    '}',
    '',
    'function encodeCachedPart(row: SampleRow, to: ByteWriter, before?: SampleRow): void {',
    ...encodeAll(cached),
    '  to.raw(END);',
    '}',
    '',
  ].join('\n');
}
