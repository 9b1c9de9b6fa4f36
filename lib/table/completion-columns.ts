/** How the table shows completions: below their samples, a table for each of the two kinds. */
import { RECORD_TYPES, type Key, type RecordType } from '../schema/records.js';
import type { IorqendRecord, SyscendRecord } from '../schema/types.gen.js';
import { numericColumn, textColumn, type TableColumn } from './layout.js';

export type CompletionType = 'syscend' | 'iorqend';

/** Keys left to right, and how wide they usually are. */
const LAYOUTS: Readonly<Record<CompletionType, Readonly<Record<string, number>>>> = {
  syscend: {
    type: 7,
    tid: 7,
    tgid: 7,
    syscall_name: 16,
    duration_ns: 12,
    sysc_ret_val: 12,
    errno: 8,
    sysc_seq_num: 16,
    sysc_enter_time: 27,
  },
  iorqend: {
    type: 7,
    insert_tid: 10,
    insert_tgid: 11,
    dev_name: 8,
    sector: 10,
    bytes: 8,
    iorq_flags: 14,
    duration_ns: 12,
    queued_ns: 10,
    service_ns: 12,
    error: 5,
    iorq_seq_num: 16,
    issue_timestamp: 27,
  },
};

const PAYLOAD = { trace_payload_len: 17, trace_payload: 40 };

const NUMBERS: ReadonlySet<Key['type']> = new Set(['integer', 'number', 'hex']);

/** @param payload with what was read or written (`-Y`) */
export function completionColumns(type: CompletionType, payload: boolean): TableColumn[] {
  const keys: readonly Key[] = (RECORD_TYPES as readonly RecordType[]).find(({ name }) => name === type)!.keys;
  const layout = { ...LAYOUTS[type], ...(payload && type === 'syscend' && PAYLOAD) };
  return Object.entries(layout).map(([name, width]) => {
    const key = keys.find((one) => one.name === name);
    return key && NUMBERS.has(key.type) ? numericColumn(name, width) : textColumn(name, width);
  });
}

/** The same with what the table shows in place of it: an address stands where a number would. */
export function completionCells(record: SyscendRecord | IorqendRecord): object {
  const hex = record.type === 'syscend' ? record.sysc_ret_hex : undefined;
  return hex === undefined ? record : { ...record, sysc_ret_val: `0x${hex}` };
}
