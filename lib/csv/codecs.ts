/**
 * The fields of a row of CSV: from a record's values to bytes, and from text to values. lib/schema/csv-files.ts has the
 * rules.
 */
import { keyOf, type CsvColumn, type CsvForm } from '../schema/csv-files.js';
import { POINTER_CALLS } from '../decode/completions.js';
import { errnoName, errnoOf } from '../lookup/errnos.js';
import type { ByteWriter } from '../format/byte-writer.js';
import type { HourHash } from './hour-hash.js';
import { escapeTerminalControls } from '../format/json-text.js';
import { localToUtc, utcToLocal, type LocalTime } from './local-time.js';

export type Values = Record<string, unknown>;

export interface WriteContext {
  /** The record's own time. Its other times are in the same offset, so that differences are right. */
  own: LocalTime;
  /** Another one when the offset changes. */
  hour: HourHash;
}

export interface ReadContext {
  /** East of UTC, where the row was written. Unit: s. */
  readonly offsetS: number;
  readonly hour: Pick<HourHash, 'rekey'>;
}

export interface CsvCodec {
  /** Writes the field. Throws `BadValue`; then part of it may have been written. */
  write(record: Values, to: ByteWriter, context: WriteContext): void;
  /** Sets what the field says; a missing value sets nothing. */
  read(text: string, record: Values, context: ReadContext): void;
}

/** A value that the column cannot hold. */
export class BadValue extends Error {
  constructor(key: string, value: unknown, wanted: string) {
    super(`${key} is ${JSON.stringify(value)}, not ${wanted}`);
  }
}

/**
 * What stands for a missing text. A text that is this is told from it by a backslash, and one with backslashes by one
 * more.
 */
const MISSING = '-';
const LIKE_MISSING = /^\\*-$/;
const ARGUMENT_DIGITS = 16;
const MAX_ERRNO = 4095;
const HEX = /^[0-9a-f]+$/;

function textOf(record: Values, key: string, alias = key): string | undefined {
  const value = record[key] ?? record[alias];
  if (value === undefined || typeof value === 'string') return value;
  throw new BadValue(key, value, 'a text');
}

function writeText(text: string | undefined, to: ByteWriter): void {
  if (text === undefined) to.csvQuoted(MISSING);
  else to.csvQuoted(text.endsWith(MISSING) && LIKE_MISSING.test(text) ? `\\${text}` : text);
}

function readText(text: string): string | undefined {
  if (text === MISSING) return undefined;
  return text.endsWith(MISSING) && LIKE_MISSING.test(text) ? text.slice(1) : text;
}

/** A column of text whose value looks different in CSV. */
function textual(
  key: string,
  { name }: CsvColumn,
  toCsv: (text: string, context: WriteContext) => string,
  fromCsv: ReadText,
): CsvCodec {
  const alias = name.toLowerCase();
  return {
    write: (record, to, context) => {
      const text = textOf(record, key, alias);
      writeText(text === undefined ? undefined : toCsv(text, context), to);
    },
    read: (field, record, context) => {
      const text = readText(field);
      if (text !== undefined) record[key] = fromCsv(text, context);
    },
  };
}
type ReadText = (text: string, context: ReadContext) => unknown;

function integerOf(record: Values, key: string): number | undefined {
  const value = record[key];
  if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined;
  throw new BadValue(key, value, 'a whole number below 2^53');
}

function readInteger(text: string, record: Values, key: string): void {
  if (text !== '') record[key] = Number(text);
}

/** The two numbers of `254:0`. */
function deviceNumber(key: string, which: 0 | 1): CsvCodec {
  return {
    write: (record, to) => {
      const device = textOf(record, key);
      if (device === undefined) return;
      const numbers = /^(\d{1,9}):(\d{1,9})$/.exec(device);
      if (!numbers) throw new BadValue(key, device, 'a device as in 254:0');
      to.number(Number(numbers[which + 1]));
    },
    read: (text, record) => {
      if (text === '') return;
      if (which === 0) record[key] = text;
      else record[key] = `${record[key] as string}:${text}`;
    },
  };
}

/** Of frames, or as CSV has them. */
function addressesIn(record: Values, key: string, alias: string): string | undefined {
  const frames = record[key] as { addr?: unknown }[] | undefined;
  if (frames === undefined) return textOf(record, alias);
  if (!Array.isArray(frames) || !frames.every((frame) => typeof frame?.addr === 'string')) {
    throw new BadValue(key, frames, 'an array of frames with addr');
  }
  return frames.map(({ addr }) => addr).join(';');
}

function returnValue(key: string): CsvCodec {
  const hexKey = key.replace(/val$/, 'hex');
  return {
    write: (record, to) => {
      const hex = textOf(record, hexKey);
      const value = integerOf(record, key);
      if (hex === undefined) {
        if (value !== undefined) to.ascii(String(value));
        return;
      }
      if (!HEX.test(hex) || hex.length > ARGUMENT_DIGITS) throw new BadValue(hexKey, hex, 'hex of up to 16 digits');
      to.ascii(BigInt.asIntN(64, BigInt(`0x${hex}`)).toString());
    },
    read: (text, record) => {
      if (text === '') return;
      const value = Number(text);
      const isError = value < 0 && value >= -MAX_ERRNO;
      const isPointer = POINTER_CALLS.has(record['syscall_name'] as string) && !isError;
      if (isPointer || !Number.isSafeInteger(value)) record[hexKey] = BigInt.asUintN(64, BigInt(text)).toString(16);
      else record[key] = value;
    },
  };
}

const BY_FORM: Readonly<Record<CsvForm, (key: string, column: CsvColumn) => CsvCodec>> = {
  time: (key) => ({
    write: (record, to, { own }) => {
      const utc = textOf(record, key);
      if (utc === undefined) return;
      const text = utc === own.utc ? own.text : utcToLocal(utc, own.offsetS);
      if (text === undefined) throw new BadValue(key, utc, 'a time as in 2026-11-23T01:07:28.350568Z');
      to.ascii(text);
    },
    read: (text, record, { offsetS }) => {
      if (text !== '') record[key] = localToUtc(text, offsetS);
    },
  }),
  integer: (key) => ({
    write: (record, to) => {
      const value = integerOf(record, key);
      if (value !== undefined) to.number(value);
    },
    read: (text, record) => readInteger(text, record, key),
  }),
  flag: (key) => ({
    write: (record, to) => {
      const value = record[key];
      if (value !== undefined && typeof value !== 'boolean') throw new BadValue(key, value, 'true or false');
      to.number(value ? 1 : 0);
    },
    read: (text, record) => {
      if (text === '1') record[key] = true;
    },
  }),
  return_value: returnValue,
  errno: (key) => ({
    write: (record, to) => {
      const name = textOf(record, key);
      const number = name === undefined ? 0 : errnoOf(name);
      if (number === undefined) throw new BadValue(key, name, 'the name of an error, as in EIO');
      to.number(number);
    },
    read: (text, record) => {
      const number = Number(text);
      if (number !== 0) record[key] = errnoName(number);
    },
  }),
  major: (key) => deviceNumber(key, 0),
  minor: (key) => deviceNumber(key, 1),
  text: (key, column) =>
    textual(
      key,
      column,
      (text) => text,
      (text) => text,
    ),
  digits: (key, column) =>
    textual(
      key,
      column,
      (text) => text,
      (text) => text,
    ),
  hex: (key, column) =>
    textual(
      key,
      column,
      (text) => (HEX.test(text) ? text.padStart(ARGUMENT_DIGITS, '0') : text),
      (text) => (HEX.test(text) ? text.replace(/^0+(?=.)/, '') : text),
    ),
  stack_hash: (key, column) =>
    textual(
      key,
      column,
      (text, { hour }) => hour.rekey(text),
      (text, { hour }) => hour.rekey(text),
    ),
  json: (key) => ({
    write: (record, to) => {
      const value = record[key];
      writeText(value === undefined ? undefined : escapeTerminalControls(JSON.stringify(value)), to);
    },
    read: (field, record) => {
      const text = readText(field);
      if (text !== undefined) record[key] = JSON.parse(text) as unknown;
    },
  }),
  addresses: (key, { name }) => ({
    write: (record, to) => writeText(addressesIn(record, key, name.toLowerCase()), to),
    read: (field, record) => {
      const text = readText(field);
      if (text !== undefined) record[key] = text === '' ? [] : text.split(';').map((addr) => ({ addr }));
    },
  }),
  symbols: (key, { name }) => ({
    write: (record, to) => to.csvQuoted(textOf(record, key, name.toLowerCase()) ?? ''),
    read: (text, record) => {
      if (text !== '') record[key] = text;
    },
  }),
  fixed: (_key, { value = '' }) => ({
    write: (_record, to) => to.csvQuoted(value),
    read: () => {},
  }),
};

/** What reads and writes the fields of a column. */
export const codecOf = (column: CsvColumn): CsvCodec => BY_FORM[column.form](keyOf(column), column);
