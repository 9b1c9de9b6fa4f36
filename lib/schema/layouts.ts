/** Which columns to show when nobody names them. */
import { COLUMNS, type Column, type ColumnName } from './columns.js';

const NARROW = [
  'tid',
  'tgid',
  'state',
  'username',
  'exe',
  'comm',
  'syscall',
  'filename',
] as const satisfies ColumnName[];

/** The layouts of the table, by their names. */
export const LAYOUTS = {
  narrow: NARROW,
  normal: ['timestamp', ...NARROW],
  wide: [
    'timestamp',
    'weight_us',
    'off_us',
    'tid',
    'tgid',
    'pidns',
    'cgroup_id',
    'state',
    'username',
    'exe',
    'comm',
    'syscall',
    'syscall_active',
    'sysc_seq_num',
    'sysc_us_so_far',
    'sysc_arg1',
    'filename',
    'aiofilename',
    'uringfilename',
    'sysc_entry_time',
    'connection',
    'conn_state',
    'extra_info',
  ],
} as const satisfies Record<string, readonly ColumnName[]>;

export type LayoutName = keyof typeof LAYOUTS;

/** Every column that costs nothing extra: the keys of NDJSON. */
export const DEFAULT_KEYS: readonly ColumnName[] = (COLUMNS as readonly Column[])
  .filter(({ onDemand }) => !onDemand)
  .map(({ name }) => name as ColumnName);
