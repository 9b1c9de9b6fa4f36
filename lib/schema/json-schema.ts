/** The JSON Schema (2020-12) of one line of NDJSON, made of the columns and the other records. */
import { COLUMNS, type Column } from './columns.js';
import { FRAME_KEYS } from './frames.js';
import type { ExtraObject } from './extra-info.js';
import { RECORD_TYPES, SCHEMA_VERSION, type Key, type RecordType } from './records.js';

type Json = Record<string, unknown>;

const TIME = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$';
const INTEGER: Json = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const PLAIN_FORMS: Record<Exclude<Key['type'], 'frames'>, Json> = {
  time: { type: 'string', pattern: TIME },
  hex: { type: 'string', pattern: '^[0-9a-f]+$' },
  text: { type: 'string' },
  integer: INTEGER,
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  counts: { type: 'object', additionalProperties: INTEGER },
  object: { type: 'object' },
};

function objectOf(properties: readonly (readonly [string, Json])[]): Json {
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}

const described = (description: string, unit?: string) => `${description}.${unit ? ` Unit: ${unit}.` : ''}`;

/** What is inside `extra_info`. */
function extraInfo(objects: readonly ExtraObject[]): Json {
  return objectOf(
    objects.map(({ name, description, keys }) => {
      const properties = keys.map(
        (key) => [key.name, { ...PLAIN_FORMS[key.type], description: described(key.description, key.unit) }] as const,
      );
      return [name, { ...objectOf(properties), description: described(description) }];
    }),
  );
}

/** What is inside `frames`. */
function frames(): Json {
  const items = objectOf((FRAME_KEYS as readonly Key[]).map(property));
  return { type: 'array', items: { ...items, required: ['addr'] } };
}

function formOf(key: Key | Column): Json {
  if (key.type === 'frames') return frames();
  if ('objects' in key && key.objects) return extraInfo(key.objects);
  if ('signed' in key && key.signed) return { ...INTEGER, minimum: Number.MIN_SAFE_INTEGER };
  if (!('values' in key) || !key.values) return PLAIN_FORMS[key.type];
  return key.otherValues === undefined
    ? { type: 'string', enum: key.values }
    : { type: 'string', pattern: `^([A-Z]+|${key.otherValues})$` };
}

function property(key: Key | Column): [string, Json] {
  return [key.name, { ...formOf(key), description: described(key.description, key.unit) }];
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
