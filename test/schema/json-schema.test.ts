/** The published list of columns, and the schema that is made of it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { COLUMNS, jsonSchema, LAYOUTS } from '../../lib/index.js';
import { resolveColumns } from '../../lib/lookup/column-names.js';
import { RECORD_TYPES } from '../../lib/schema/records.js';

interface RecordSchema {
  title: string;
  properties: Record<string, unknown>;
}

const schemas = jsonSchema()['oneOf'] as RecordSchema[];

t.test('the schema has the columns and keys that are listed, and no other', async (t) => {
  const listed = [{ name: 'sample', keys: COLUMNS }, ...RECORD_TYPES];
  t.strictSame(
    schemas.map(({ title, properties }) => [title, Object.keys(properties)]),
    listed.map(({ name, keys }) => [name, ['type', ...keys.map((key) => key.name)]]),
  );
});

t.test('every example keeps to it', async (t) => {
  const validate = new Ajv2020({ strict: true }).compile(jsonSchema());
  const sample = { type: 'sample', ...Object.fromEntries(COLUMNS.map(({ name, example }) => [name, example])) };
  const others = RECORD_TYPES.map(({ name, keys }) => ({
    type: name,
    ...Object.fromEntries(keys.map((key) => [key.name, key.example])),
  }));
  for (const record of [sample, ...others]) {
    t.ok(validate(record), JSON.stringify([record.type, validate.errors]));
    t.notOk(validate({ ...record, nonsense: 1 }), `${record.type} with a key too many`);
  }
  t.notOk(validate({ type: 'sample', tid: -1 }));
  t.notOk(validate({ type: 'sample', timestamp: '2026-11-23 01:07:28' }));
  t.notOk(validate({ type: 'sample', state: '-' }));
});

t.test('layouts name columns that exist', async (t) => {
  for (const layout of Object.values(LAYOUTS)) t.strictSame(resolveColumns(layout.join(',')), [...layout]);
});
