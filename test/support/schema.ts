/** Every line that a test reads is held against the published JSON Schema. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { jsonSchema, type StreamRecord } from '../../lib/index.js';

let validate: ValidateFunction | undefined;

/** The record in one line of NDJSON. Throws when it is not JSON, or not what the schema says. */
export function parseLine(line: string): StreamRecord {
  validate ??= new Ajv2020({ strict: true, allErrors: false }).compile(jsonSchema());
  const record = JSON.parse(line) as StreamRecord;
  if (!validate(record)) throw new Error(`${JSON.stringify(validate.errors?.[0])} in ${line}`);
  return record;
}
