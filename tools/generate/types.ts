/** lib/schema/types.gen.ts: one interface a record type. */
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import { EXTRA_INFO, type ExtraKey, type ExtraObject } from '../../lib/schema/extra-info.js';
import { RECORD_TYPES, type Key, type RecordType } from '../../lib/schema/records.js';
import { BANNER } from './banner.js';

const TS_TYPES: Record<Key['type'], string> = {
  time: 'string',
  hex: 'string',
  text: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  counts: 'Record<string, number>',
  object: 'Record<string, unknown>',
  frames: 'readonly StackFrame[]',
};

function member(key: Key | Column | ExtraKey, optional: boolean): string {
  const unit = key.unit ? ` Unit: ${key.unit}.` : '';
  const source = 'source' in key ? ` Source: ${key.source}.` : '';
  const type = 'objects' in key ? 'ExtraRecord' : TS_TYPES[key.type];
  return `  /** ${key.description}.${unit}${source} */\n  ${key.name}${optional ? `?: ${type} | undefined` : `: ${type}`};`;
}

const extraName = (object: string) => `${object[0]!.toUpperCase()}${object.slice(1)}Extra`;

function extraInterface({ name, description, keys }: ExtraObject): string {
  const members = keys.map((key) => member(key, true));
  return `/** \`extra_info.${name}\`: ${description}. */\nexport interface ${extraName(name)} {\n${members.join('\n')}\n}\n`;
}

const typeName = (record: string) => `${record[0]?.toUpperCase()}${record.slice(1)}Record`;

function interfaceOf(name: string, description: string, type: string, members: readonly string[]): string {
  return `/** ${description} */\nexport interface ${typeName(name)} {\n  type: '${type}';\n${members.join('\n')}\n}\n`;
}

/** The whole file. */
export function types(): string {
  const columns = (COLUMNS as readonly Column[]).map((column) => member(column, true));
  const others = (RECORD_TYPES as readonly RecordType[]).map((type) =>
    interfaceOf(
      type.name,
      type.description,
      type.name,
      type.keys.map((key) => member(key, key.optional === true)),
    ),
  );
  return [
    `/** ${BANNER} */`,
    "import type { StackFrame } from './frames.js';",
    '',
    ...EXTRA_INFO.map(extraInterface),
    '/** The value of `extra_info`: what does not apply is absent. */',
    'export interface ExtraRecord {',
    ...EXTRA_INFO.map(
      ({ name, description }) => `  /** ${description}. */\n  ${name}?: ${extraName(name)} | undefined;`,
    ),
    '}\n',
    interfaceOf('sample', 'One task in one sample. A missing value is `undefined`.', 'sample', columns),
    ...others,
    '/** A record of a type that this version knows. Tell them apart by `type`. */',
    `export type KnownRecord = ${['sample', ...RECORD_TYPES.map(({ name }) => name)].map(typeName).join(' | ')};`,
    '',
  ].join('\n');
}
