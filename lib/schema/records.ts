/**
 * THE list of record types of the NDJSON stream other than `sample`, whose keys are the columns. Generates the types,
 * the structs of the byte stream and SCHEMA.md; read at run time by the JSON Schema, the table, CSV and what joins
 * records.
 */
import { CGROUP } from './records/cgroup.js';
import { HEADER } from './records/header.js';
import { IORQEND } from './records/iorqend.js';
import { LOSS } from './records/loss.js';
import { RECORDER } from './records/recorder.js';
import { KSTACK, USTACK } from './records/stacks.js';
import { SUMMARY } from './records/summary.js';
import { SYSCEND } from './records/syscend.js';

export type { Key, RecordType } from './record-type.js';
export { SCHEMA_VERSION } from './records/header.js';

export const RECORD_TYPES = [HEADER, KSTACK, USTACK, CGROUP, SYSCEND, IORQEND, RECORDER, LOSS, SUMMARY] as const;

type AnyType = (typeof RECORD_TYPES)[number];
type TypeWith<Property extends string> = Extract<AnyType, Readonly<Record<Property, unknown>>>;

function typesWith<Property extends string>(property: Property): TypeWith<Property>[] {
  return RECORD_TYPES.filter((type): type is TypeWith<Property> => property in type);
}

/** What a sample has caught, timed to its end: each comes as an entry of the byte stream. */
export const COMPLETIONS = typesWith('entry');
export type CompletionName = (typeof COMPLETIONS)[number]['name'];

/** What can be timed to its end. */
export const TRACKED = COMPLETIONS.map(({ track }) => track);
export type Tracked = (typeof TRACKED)[number];

/** The stack in the kernel, and that in user mode. */
export const STACKS = [KSTACK, USTACK] as const;
export type StackType = (typeof STACKS)[number]['name'];

/** Is it a record of a stack? */
export const isStack = <R extends { type: string }>(record: R): record is Extract<R, { type: StackType }> =>
  STACKS.some(({ name }) => name === record.type);
