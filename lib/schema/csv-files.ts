/**
 * THE list of CSV files and their columns. Read at run time by the recorder, by the replay of a directory and by the
 * conversion to Parquet; generates the tables in SCHEMA.md. New columns come at the end: a file of an older version is
 * then continued under its own header.
 */

/**
 * How a value looks in CSV. In double quotes: `text`; `hex` (padded to 16 digits), `stack_hash` (the same, and belongs to
 * its hour), `digits` (hex of any length), `json`, `addresses` (of frames, joined with `;`), `symbols` (empty when there
 * is none, which in the others is `-`) and `fixed`. Bare, and empty when there is none: `time` (local), `integer`, `flag` (0 or 1), `return_value` (signed),
 * `errno` (0 for none), `major` and `minor` (of a device).
 */
export type CsvForm =
  | 'time'
  | 'integer'
  | 'flag'
  | 'return_value'
  | 'errno'
  | 'major'
  | 'minor'
  | 'text'
  | 'hex'
  | 'stack_hash'
  | 'digits'
  | 'json'
  | 'addresses'
  | 'symbols'
  | 'fixed';

export interface CsvColumn {
  /** As the header has it. */
  readonly name: string;
  readonly form: CsvForm;
  /** Key of the record; the name in lower case is taken, too. Default: that. */
  readonly key?: string;
  /** Of `fixed`: the same in all rows. */
  readonly value?: string;
}

export interface CsvFile {
  /** As in `xcapture_NAME_2026-11-23.01.csv`. */
  readonly name: string;
  /** `type` of its records. */
  readonly record: string;
  readonly columns: readonly CsvColumn[];
  /** The file is a lookup table: key of samples that names the entry, by the value of its first column. */
  readonly namedBy?: string;
}

const of = (form: CsvForm, ...names: string[]): CsvColumn[] => names.map((name) => ({ name, form }));
const payload = [...of('digits', 'TRACE_PAYLOAD'), ...of('integer', 'TRACE_PAYLOAD_LEN')];
const fixed = (value: string): CsvColumn => ({ name: 'TYPE', form: 'fixed', value });

const stacks = (letter: 'K' | 'U'): CsvFile => ({
  name: `${letter.toLowerCase()}stacks`,
  record: `${letter.toLowerCase()}stack`,
  namedBy: `${letter.toLowerCase()}stack_hash`,
  columns: [
    { name: `${letter}STACK_HASH`, form: 'stack_hash', key: 'hash' },
    { name: `${letter}STACK_SYMS`, form: 'symbols', key: 'syms' },
    { name: `${letter}STACK_ADDRS`, form: 'addresses', key: 'frames' },
  ],
});

export const SAMPLES_FILE: CsvFile = {
  name: 'samples',
  record: 'sample',
  columns: [
    ...of('time', 'TIMESTAMP'),
    ...of('integer', 'WEIGHT_US', 'TID', 'TGID', 'PIDNS', 'CGROUP_ID'),
    ...of('text', 'STATE', 'USERNAME', 'EXE', 'COMM', 'SYSCALL', 'SYSCALL_ACTIVE'),
    ...of('time', 'SYSC_ENTRY_TIME'),
    ...of('integer', 'SYSC_NS_SO_FAR', 'SYSC_SEQ_NUM', 'IORQ_SEQ_NUM'),
    ...of('hex', 'SYSC_ARG1', 'SYSC_ARG2', 'SYSC_ARG3', 'SYSC_ARG4', 'SYSC_ARG5', 'SYSC_ARG6'),
    ...of('text', 'FILENAME', 'CONNECTION', 'CONN_STATE'),
    ...of('json', 'EXTRA_INFO'),
    ...of('stack_hash', 'KSTACK_HASH', 'USTACK_HASH'),
    ...payload,
    ...of('text', 'TRACE_ID', 'SPAN_ID', 'REASON'),
    ...of('integer', 'OFF_US'),
  ],
};

/** In the order in which they are written: what a row names is in its lookup table before. */
export const CSV_FILES: readonly CsvFile[] = [
  stacks('K'),
  stacks('U'),
  {
    name: 'cgroups',
    record: 'cgroup',
    namedBy: 'cgroup_id',
    columns: [...of('integer', 'CGROUP_ID'), { name: 'CGROUP_PATH', form: 'text', key: 'cgroup' }],
  },
  SAMPLES_FILE,
  {
    name: 'syscend',
    record: 'syscend',
    columns: [
      fixed('SYSC_END'),
      ...of('integer', 'TID', 'TGID'),
      ...of('text', 'SYSCALL_NAME'),
      ...of('integer', 'DURATION_NS'),
      ...of('return_value', 'SYSC_RET_VAL'),
      ...of('integer', 'SYSC_SEQ_NUM'),
      ...of('time', 'SYSC_ENTER_TIME'),
      ...payload,
      ...of('text', 'TRACE_PAYLOAD_SYS'),
      ...of('integer', 'TRACE_PAYLOAD_SEQ'),
      ...of('flag', 'PARTIAL'),
    ],
  },
  {
    name: 'iorqend',
    record: 'iorqend',
    columns: [
      fixed('IORQ_END'),
      ...of('integer', 'INSERT_TID', 'INSERT_TGID', 'ISSUE_TID', 'ISSUE_TGID', 'COMPLETE_TID', 'COMPLETE_TGID'),
      { name: 'DEV_MAJ', form: 'major', key: 'dev' },
      { name: 'DEV_MIN', form: 'minor', key: 'dev' },
      ...of('integer', 'SECTOR', 'BYTES'),
      ...of('text', 'IORQ_FLAGS'),
      ...of('integer', 'IORQ_SEQ_NUM', 'DURATION_NS', 'SERVICE_NS', 'QUEUED_NS'),
      ...of('time', 'ISSUE_TIMESTAMP'),
      ...of('errno', 'ERROR'),
    ],
  },
];

export const keyOf = ({ name, key }: CsvColumn): string => key ?? name.toLowerCase();

/** What a record has for the column: under its key, or under the column's own name. */
export const valueOf = (record: Readonly<Record<string, unknown>>, column: CsvColumn): unknown =>
  record[keyOf(column)] ?? record[column.name.toLowerCase()];

/** Of a file with these columns. */
export const headerOf = (columns: readonly CsvColumn[]): string => columns.map(({ name }) => name).join(',');
