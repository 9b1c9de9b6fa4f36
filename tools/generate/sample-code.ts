/**
 * lib/decode/sample.gen.ts: the two hot loops, from bytes to a row and from a row to JSON, as straight-line code, so
 * that every row has one hidden class and no column costs a look-up.
 */
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import { PARTS } from '../../lib/schema/enums.js';
import { offsetsOf } from '../../lib/schema/wire.js';
import { BANNER } from './banner.js';

/** Word of the code that a part starts at; the struct that it is. */
const startOf = (part: string) => (part === 'task' ? 'at' : part);
const structNameOf = (part: string) => PARTS.find(({ name }) => name === part)?.struct ?? part;

/** Code that reads a field: its first word, or as `:both`, `:byte` and `:at` say (lib/schema/column.ts). */
function read(part: string, name: string, how?: string): string {
  const offset = offsetsOf(structNameOf(part))[name];
  if (offset === undefined) throw new RangeError(`part ${part} has no field ${name}`);
  const word = (at: number) => `words[${startOf(part)} + ${at}]!`;
  if (how === 'byte') return `bytes[${startOf(part)} * 4 + ${offset}]!`;
  if (how === 'at') return `${startOf(part)} + ${offset / 4}`;
  return how === 'both' ? `${word(offset / 4)}, ${word(offset / 4 + 1)}` : word(offset / 4);
}

const expand = (code: string) =>
  code.replaceAll(/\{(\w+)\.(\w+)(?::(\w+))?\}/g, (_, part: string, name: string, how?: string) =>
    read(part, name, how),
  );

const TS_TYPES: Readonly<Record<Column['type'], string>> = {
  time: 'string',
  integer: 'number',
  hex: 'string',
  text: 'string',
  object: 'ExtraInfo',
};

/** The value where its part is there. */
function present({ name, type, wire, decode }: Column): string {
  if (decode !== undefined) return expand(decode);
  if (!wire) throw new RangeError(`column ${name} has neither a field in the byte stream nor \`decode\``);
  const field = `${wire.struct}.${wire.field ?? name}`;
  if (type === 'hex') return expand(`source.hex({${field}:both})`);
  const [low, high] = expand(`{${field}:both}`).split(', ');
  return wire.ctype === 'u64' ? `${low} + ${high} * 0x100000000` : low!;
}

function valueOf(column: Column): string {
  const part = column.part ?? column.wire?.struct ?? 'task';
  if (part === 'task') return present(column);
  return `${part} < 0 ? ${column.otherwise === undefined ? 'undefined' : expand(column.otherwise)} : ${present(column)}`;
}

/** Where the parts start that this code asks for. */
const startsFor = (code: readonly string[]) =>
  PARTS.flatMap(({ name }, index) =>
    code.some((line) => line.includes(` ${name} < 0 `)) ? [`  const ${name} = source.partAt[${index}]!;`] : [],
  );

const keyOf = (column: Column) => `KEY_${column.name.toUpperCase()}`;

function encode(column: Column): string {
  const value = `row.${column.name}`;
  if (column.type === 'object') {
    return `  if (${value} !== undefined) {\n    to.raw(${keyOf(column)});\n    encodeExtraInfo(${value}, to);\n  }`;
  }
  const isFree = column.type === 'text' && column.text !== 'own';
  const method = column.type === 'integer' ? 'number' : isFree ? 'quoted' : 'plain';
  return `  if (${value} !== undefined) {\n    to.raw(${keyOf(column)});\n    to.${method}(${value});\n  }`;
}

const SPANS = [...new Set((COLUMNS as readonly Column[]).flatMap(({ span }) => span ?? []))];

/** Neighbours that a row often shares with the row before it are written at once. */
function encodeAll(columns: readonly Column[]): string[] {
  return columns.flatMap((column, index) => {
    const { span } = column;
    if (span === undefined) return encode(column);
    if (columns[index - 1]?.span === span) return [];
    const end = columns.findIndex((one, at) => at > index && one.span !== span);
    const inside = columns.slice(index, end < 0 ? undefined : end);
    if (inside.length < columns.filter((one) => one.span === span).length) {
      throw new RangeError(`columns of the span ${span} are no neighbours`);
    }
    const number = SPANS.indexOf(span);
    return [
      `  if (before !== undefined && ${inside.map(({ name }) => `row.${name} === before.${name}`).join(' && ')}) to.repeatSpan(${number});`,
      '  else {',
      `  to.beginSpan(${number});`,
      ...inside.map(encode),
      `  to.endSpan(${number});`,
      '  }',
    ];
  });
}

/** The whole file. */
export function sampleCode(): string {
  const columns = COLUMNS as readonly Column[];
  const head = columns.filter(({ changes }) => changes === 'sample');
  const cached = columns.filter(({ changes }) => changes !== 'sample');
  const decoded = columns.map((column) => `  if (want.${column.name}) row.${column.name} = ${valueOf(column)};`);
  const repeated = columns.map(({ name, changes }, index) =>
    changes ? decoded[index]! : `  row.${name} = before.${name};`,
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
    '/** Texts of a row of CSV, each of some columns; `undefined` where they may differ. */',
    'export interface CachedCsv {',
    '  /** Whose columns, and which hour, the texts are for. */',
    '  readonly rows: object;',
    '  readonly hour: object;',
    '  readonly texts: readonly (string | undefined)[];',
    '}',
    '',
    '/** The part of a line of NDJSON or CSV that a thread which has not moved repeats in each sample. */',
    'export class CachedPart {',
    '  readonly of: SampleRow;',
    '  json: string | undefined = undefined;',
    '  csv: CachedCsv | undefined = undefined;',
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
    ...startsFor(repeated),
    ...repeated,
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
    ...startsFor(decoded),
    ...decoded,
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
    ' * @param written the last row for which this function has returned true, if the writer has not been cleared since',
    ' * @returns was more written than a copy of what an older row has in common with this one?',
    ' */',
    'export function encodeSample(row: SampleRow, to: ByteWriter, before?: SampleRow, written?: SampleRow): boolean {',
    '  to.reserve(ROOM_AFTER_TEXT);',
    '  to.raw(START);',
    ...encodeAll(head),
    '  const cached = SampleRow.cachedPartOf(row);',
    '  if (cached === undefined) encodeCachedPart(row, to, written);',
    '  else if (cached.json === undefined) cached.json = to.copyOf(() => encodeCachedPart(row, to, written));',
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
