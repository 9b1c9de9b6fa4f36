/** The JSON Schema (2020-12) of one line of NDJSON, made of the columns and the other records. */
import { COLUMNS, type Column } from './columns.js';
import { REASONS } from './enums.js';
import { FRAME_KEYS } from './frames.js';
import { EXTRA_INFO, type ExtraKey } from './extra-info.js';
import { RECORD_TYPES, SCHEMA_VERSION, type Key, type RecordType } from './records.js';

type Json = Record<string, unknown>;

const TIME = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$';
const INTEGER: Json = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const FORMS: Record<Key['type'], Json> = {
  time: { type: 'string', pattern: TIME },
  hex: { type: 'string', pattern: '^[0-9a-f]+$' },
  text: { type: 'string' },
  integer: INTEGER,
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  counts: { type: 'object', additionalProperties: INTEGER },
  object: { type: 'object' },
  frames: { type: 'array' },
};

/** What is inside `frames`. */
function frames(): Json {
  const keys: readonly Key[] = FRAME_KEYS;
  const properties = keys.map((key) => [key.name, { ...FORMS[key.type], description: `${key.description}.` }]);
  const items = { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
  return { type: 'array', items: { ...items, required: ['addr'] } };
}

const EXTRA_FORMS: Record<ExtraKey['type'], Json> = {
  integer: INTEGER,
  boolean: { type: 'boolean' },
  text: { type: 'string' },
};

/** What is inside `extra_info`. */
function extraInfo(): Json {
  const objects = EXTRA_INFO.map(({ name, description, keys }) => {
    const properties = (keys as readonly ExtraKey[]).map((key) => [
      key.name,
      { ...EXTRA_FORMS[key.type], description: `${key.description}.${key.unit ? ` Unit: ${key.unit}.` : ''}` },
    ]);
    const object = { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
    return [name, { ...object, description: `${description}.` }];
  });
  return { type: 'object', properties: Object.fromEntries(objects), additionalProperties: false };
}

/** Narrower than the type says. */
const SPECIAL: Readonly<Record<string, Json>> = {
  state: { type: 'string', pattern: '^([A-Z]+|0x[0-9a-f]+)$' },
  reason: { type: 'string', enum: REASONS.map(({ name }) => name) },
  extra_info: extraInfo(),
  frames: frames(),
  sysc_ret_val: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
};

function property(key: Key | Column): [string, Json] {
  const unit = key.unit ? ` Unit: ${key.unit}.` : '';
  return [key.name, { ...(SPECIAL[key.name] ?? FORMS[key.type]), description: `${key.description}.${unit}` }];
}

function record(type: string, description: string, keys: readonly (Key | Column)[], required: readonly string[]): Json {
  return {
    title: type,
    description,
    type: 'object',
    properties: { type: { const: type }, ...Object.fromEntries(keys.map(property)) },
    required: ['type', ...required],
    additionalProperties: false,
  };
}

/** A missing value is an absent key, and columns can be chosen: no key of a `sample` is required but `type`. */
export function jsonSchema(): Json {
  const others = (RECORD_TYPES as readonly RecordType[]).map(({ name, description, keys }) =>
    record(
      name,
      description,
      keys,
      keys.filter(({ optional }) => !optional).map((key) => key.name),
    ),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `A line of xcapture's NDJSON, schema version ${SCHEMA_VERSION}`,
    oneOf: [record('sample', 'One task in one sample.', COLUMNS, []), ...others],
  };
}
