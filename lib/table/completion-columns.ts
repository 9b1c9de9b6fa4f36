/** How the table shows completions: under their samples, a table for each kind of them. */
import { COMPLETIONS, type CompletionName, type Key, type RecordType } from '../schema/records.js';
import { numericColumn, textColumn, type TableColumn } from './layout.js';

const NUMBERS: ReadonlySet<Key['type']> = new Set(['integer', 'number', 'hex']);

const typeOf = (name: CompletionName): RecordType => COMPLETIONS.find((type) => type.name === name)!;

/** @param withPayload with what was read or written (`-Y`) */
export function completionColumns(name: CompletionName, withPayload: boolean): TableColumn[] {
  const { keys, table } = typeOf(name);
  const widths = { ...table?.widths, ...(withPayload && table?.payload) };
  return Object.entries(widths).map(([key, width]) => {
    const type = keys.find((one) => one.name === key)?.type;
    return type !== undefined && NUMBERS.has(type) ? numericColumn(key, width) : textColumn(key, width);
  });
}

/** The record with what the table shows in place of a number: an address. */
export function completionCells(record: { type: CompletionName }): object {
  const values = record as Readonly<Record<string, string | undefined>>;
  for (const [shown, hexKey] of Object.entries(typeOf(record.type).table?.hex ?? {})) {
    if (values[hexKey] !== undefined) return { ...record, [shown]: `0x${values[hexKey]}` };
  }
  return record;
}
