/** lib/decode/extra-info.gen.ts: the objects of `extra_info`, from bytes to objects and from objects to JSON. */
import { EXTRA_INFO, type ExtraKey, type ExtraName } from '../../lib/schema/extra-info.js';
import { structOf } from '../../lib/schema/wire.js';
import { BANNER } from './banner.js';

const TS_TYPES = { integer: 'number', boolean: 'boolean', text: 'string' } as const;

/** What stands in for a value in the place of a missing one. */
const ALL_ONES = 0xffffffff;

const keysOf = (object: (typeof EXTRA_INFO)[number]): readonly ExtraKey[] => object.keys;
const className = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}Info`;
const constant = (object: string, key: string) => `${object}_${key}`.toUpperCase();

function classOf(object: (typeof EXTRA_INFO)[number]): string {
  const members = keysOf(object).map(({ name, type, unit, description, source }) => {
    const doc = `${description}.${unit ? ` Unit: ${unit}.` : ''} Source: ${source}.`;
    return `  /** ${doc} */\n  ${name}: ${TS_TYPES[type]} | undefined = undefined;`;
  });
  return `/** \`extra_info.${object.name}\`: ${object.description}. */\nexport class ${className(object.name)} {\n${members.join('\n')}\n}\n`;
}

function value(struct: ExtraName, { name, type, none, by, wire }: ExtraKey): string | undefined {
  if (!wire) return undefined;
  const field = structOf(struct).fields.find((one) => one.name === wire.name);
  if (!field) throw new RangeError(`struct ${struct} has no field ${name}`);
  const low = `words[at + ${field.offset / 4}]!`;
  const high = `words[at + ${field.offset / 4 + 1}]!`;
  const isWide = field.ctype === 'u64';
  const plain = isWide ? `${low} + ${high} * 0x100000000` : low;
  const made = by ? `${by}(${plain})` : type === 'boolean' ? `${plain} !== 0` : plain;
  if (none === undefined) return made;
  const absent = isWide
    ? none === ALL_ONES
      ? `(${low}) === ${none} && (${high}) === ${none}`
      : `(${plain}) === ${none}`
    : `(${low}) === ${none}`;
  return `${absent} ? undefined : ${made}`;
}

function decoder(object: (typeof EXTRA_INFO)[number]): string {
  const { name } = object;
  const lines = keysOf(object).flatMap((key) => {
    const made = value(name, key);
    return made === undefined ? [] : [`  info.${key.name} = ${made};`];
  });
  return [
    `/** The part of a task that starts at word \`at\`. */`,
    `export function decode${className(name)}(words: Uint32Array, at: number): ${className(name)} {`,
    `  const info = new ${className(name)}();`,
    ...lines,
    '  return info;',
    '}',
    '',
  ].join('\n');
}

function encoder(object: (typeof EXTRA_INFO)[number]): string {
  const { name } = object;
  const lines = keysOf(object).map(({ name: key, type, by }) => {
    const method = type === 'integer' ? 'number' : type === 'boolean' ? 'boolean' : by ? 'plain' : 'quoted';
    return `  if (info.${key} !== undefined) {\n    to.member(${constant(name, key)});\n    to.${method}(info.${key});\n  }`;
  });
  return [
    `function encode${className(name)}(info: ${className(name)}, to: ByteWriter): void {`,
    '  to.raw(OPEN);',
    ...lines,
    '  to.raw(CLOSE);',
    '}',
    '',
  ].join('\n');
}

/** The whole file. */
export function extraCode(): string {
  const names = EXTRA_INFO.map(({ name }) => name);
  return [
    `/** ${BANNER} */`,
    "import { caState, opcodeName } from './extra-values.js';",
    "import { bytesOf, type ByteWriter } from '../format/byte-writer.js';",
    '',
    ...EXTRA_INFO.map(classOf),
    '/** The value of the column `extra_info`. What does not apply is `undefined`. */',
    'export class ExtraInfo {',
    ...names.map((name) => `  ${name}: ${className(name)} | undefined = undefined;`),
    '}',
    '',
    ...EXTRA_INFO.map(decoder),
    "const OPEN = bytesOf('{');",
    "const CLOSE = bytesOf('}');",
    ...names.map((name) => `const ${name.toUpperCase()} = bytesOf(',"${name}":');`),
    ...EXTRA_INFO.flatMap((object) =>
      keysOf(object).map((key) => `const ${constant(object.name, key.name)} = bytesOf(',"${key.name}":');`),
    ),
    '',
    ...EXTRA_INFO.map(encoder),
    '/** Writes it as JSON. */',
    'export function encodeExtraInfo(info: ExtraInfo, to: ByteWriter): void {',
    '  to.raw(OPEN);',
    ...names.map(
      (name) =>
        `  if (info.${name} !== undefined) {\n    to.member(${name.toUpperCase()});\n    encode${className(name)}(info.${name}, to);\n  }`,
    ),
    '  to.raw(CLOSE);',
    '}',
    '',
  ].join('\n');
}
