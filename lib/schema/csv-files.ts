/**
 * THE list of CSV files and their columns: of samples, and of the record types that have a file. Read at run time by
 * the recorder, by the replay of a directory and by the conversion to Parquet; generates the tables in SCHEMA.md. New
 * columns come at the end: a file of an older version is then continued under its own header.
 */
import { of, PAYLOAD_COLUMNS, type CsvFile } from './csv-file.js';
import { RECORD_TYPES, type RecordType } from './records.js';

export * from './csv-file.js';

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
    ...PAYLOAD_COLUMNS,
    ...of('text', 'TRACE_ID', 'SPAN_ID', 'REASON'),
    ...of('integer', 'OFF_US'),
  ],
};

const OTHERS = (RECORD_TYPES as readonly RecordType[]).flatMap(({ name: record, csv, namedBy }): CsvFile[] =>
  csv ? [{ ...csv, record, ...(namedBy !== undefined && { namedBy }) }] : [],
);

/** In the order in which they are written: what a row names is in its lookup table before. */
export const CSV_FILES: readonly CsvFile[] = [
  ...OTHERS.filter(({ namedBy }) => namedBy),
  SAMPLES_FILE,
  ...OTHERS.filter(({ namedBy }) => !namedBy),
];
