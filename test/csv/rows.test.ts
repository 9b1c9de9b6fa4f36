/**
 * Rows of CSV: what other readers make of them, and the way back. RFC 4180 says nothing about characters; every Unicode
 * scalar value has to survive.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import t from 'tap';
import { SampleRow } from '../../lib/decode/sample.gen.js';
import { ByteWriter } from '../../lib/format/byte-writer.js';
import { codecOf, type Values } from '../../lib/csv/codecs.js';
import { parseCsv } from '../../lib/csv/parser.js';
import { CsvRows } from '../../lib/csv/rows.js';
import { HourHash } from '../../lib/csv/hour-hash.js';
import { LocalClock } from '../../lib/csv/local-time.js';
import {
  CSV_FILES,
  headerOf,
  SAMPLES_FILE,
  type CsvColumn,
  type CsvFile,
  type CsvForm,
} from '../../lib/schema/csv-files.js';
import { PLAIN } from '../support/environment.js';
import { folder } from '../support/recording.js';

const TEXT: CsvColumn[] = [
  { name: 'N', form: 'integer' },
  { name: 'A', form: 'text' },
  { name: 'B', form: 'text' },
];
const OWN = new LocalClock(() => 0).toLocal('2026-11-23T01:00:00.000000Z')!;
const HOUR = new HourHash(OWN.hour);

/** A file with these rows. */
function csvOf(columns: readonly CsvColumn[], records: readonly Values[], own = OWN): Buffer {
  const rows = new CsvRows(columns);
  const to = new ByteWriter();
  to.text(`${headerOf(columns)}\n`);
  for (const record of records) rows.write(record, to, { own, hour: HOUR });
  return Buffer.from(to.written);
}

function parsed(csv: Buffer, pieces = [csv.length]): string[][] {
  const rows: string[][] = [];
  const parser = parseCsv((fields) => void rows.push(fields));
  for (let at = 0, next = 0; at < csv.length; next++) {
    const size = Math.max(1, pieces[next % pieces.length]!);
    parser.add(csv.subarray(at, at + size));
    at += size;
  }
  return rows;
}

function readBack(columns: readonly CsvColumn[], csv: Buffer, offsetS = 0, pieces?: number[]): Values[] {
  const codecs = columns.map(codecOf);
  const [, ...rows] = parsed(csv, pieces);
  return rows.map((fields) => {
    const record: Values = {};
    for (const [index, codec] of codecs.entries()) codec.read(fields[index]!, record, { offsetS, hour: HOUR });
    return record;
  });
}

const isScalar = (code: number) => code < 0xd800 || code > 0xdfff;
/** All of them, 256 to a text. */
const SCALARS = Array.from({ length: 0x110000 / 256 }, (_, page) =>
  Array.from({ length: 256 }, (_one, index) => page * 256 + index)
    .filter(isScalar)
    .map((code) => String.fromCodePoint(code))
    .join(''),
).filter((text) => text !== '');
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
const HOSTILE = [
  '',
  '-',
  '\\-',
  '\\\\-',
  '\\',
  '"',
  '""',
  '","',
  ',',
  '\n',
  '\r\n',
  '\ufeff',
  "'",
  '1',
  '0012',
  'NULL',
  ' a ',
];
const TEXTS = [...SCALARS, ...ASCII.flatMap((char) => [char, `${char}a`, `a${char}`, `a${char}b`]), ...HOSTILE];
const RECORDS = TEXTS.map((a, n) => ({ N: n, A: a, B: TEXTS[TEXTS.length - 1 - n]! })).map(({ N, A, B }) => ({
  n: N,
  a: A,
  b: B,
}));
const CSV = csvOf(TEXT, RECORDS);
/** As CSV has a text that looks like a missing one. */
const inCsv = (text: string) => (/^\\*-$/.test(text) ? `\\${text}` : text);
const FIELDS = RECORDS.map(({ n, a, b }) => [String(n), inCsv(a), inCsv(b)]);

t.test('our own reader gives every text back', async (t) => {
  t.strictSame(readBack(TEXT, CSV), RECORDS);
  t.strictSame(parsed(CSV).slice(1), FIELDS);
});

t.test('csv-parse reads every Unicode scalar value', async (t) => {
  t.strictSame(parse(CSV).slice(1), FIELDS);
});

t.test("Python's csv reads every Unicode scalar value", async (t) => {
  const path = join(folder(t), 'x.csv');
  writeFileSync(path, CSV);
  const program =
    'import csv, json, sys\n' +
    'rows = list(csv.reader(open(sys.argv[1], encoding="utf-8", newline=""), strict=True))\n' +
    'json.dump(rows[1:], sys.stdout)';
  const [command, ...args] = [...PLAIN, 'python3', '-c', program, path];
  t.strictSame(JSON.parse(execFileSync(command, args, { maxBuffer: 2 ** 28, encoding: 'utf8' })), FIELDS);
});

t.test('DuckDB reads every Unicode scalar value', async (t) => {
  const path = join(folder(t), 'x.csv');
  writeFileSync(path, CSV);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  // In hex, because the way from DuckDB to JavaScript drops a U+FEFF at the start of a text.
  const columns = 'N::VARCHAR, hex(encode(A)), hex(encode(B))';
  const reader = await connection.runAndReadAll(
    `select ${columns} from read_csv('${path}', allow_quoted_nulls = false) order by N`,
  );
  const hex = (field: string) => Buffer.from(field).toString('hex').toUpperCase();
  t.strictSame(
    reader.getRowsJson(),
    FIELDS.map(([n, a, b]) => [n, hex(a!), hex(b!)]),
  );
  connection.closeSync();
});

const text = fc.string({ unit: 'binary', maxLength: 30 });
const hex16 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const time = fc
  .tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([s, us]) => `${new Date(s * 1000).toISOString().slice(0, 19)}.${String(us).padStart(6, '0')}Z`);
const json = fc.record(
  { unix: fc.record({ path: text, inode: fc.nat() }), tcp: fc.record({ cwnd: fc.nat() }) },
  { requiredKeys: [] },
);

/** Values of columns, as NDJSON has them. */
const VALUES: Readonly<Record<CsvForm, fc.Arbitrary<unknown>>> = {
  time,
  integer: fc.maxSafeNat(),
  flag: fc.constant(true),
  errno: fc.constantFrom('EIO', 'ENOSPC', 'EAGAIN', 'EOPNOTSUPP'),
  major: fc.tuple(fc.nat(4095), fc.nat(1_048_575)).map((numbers) => numbers.join(':')),
  minor: text,
  text,
  fixed: text,
  hex: hex16.map((value) => value.toString(16)),
  stack_hash: hex16.map((value) => value.toString(16).padStart(16, '0')),
  digits: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  json,
  addresses: fc.array(fc.record({ addr: hex16.map((value) => value.toString(16)) }), { maxLength: 5 }),
  symbols: text.filter((symbols) => symbols !== ''),
  return_value: fc.integer({ min: -4095 }),
};

function recordOf({ columns }: CsvFile): fc.Arbitrary<Values> {
  const named = columns.filter(({ form }) => form !== 'fixed' && form !== 'minor');
  const keys = named.map((column) => [
    column.key ?? column.name.toLowerCase(),
    fc.option(VALUES[column.form], { nil: undefined }),
  ]);
  return fc
    .record(Object.fromEntries(keys) as Record<string, fc.Arbitrary<unknown>>)
    .chain((record) =>
      'sysc_ret_val' in record
        ? fc.constantFrom(record, {
            ...record,
            syscall_name: 'mmap',
            sysc_ret_val: undefined,
            sysc_ret_hex: '7f0012345000',
          })
        : fc.constant(record),
    )
    .map((record) => JSON.parse(JSON.stringify(record)) as Values);
}

const sorted = (record: Values) => Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

for (const file of CSV_FILES) {
  t.test(`${file.name}: record, row, fields and record again are the same`, async (t) => {
    const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(recordOf(file), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -50_400, max: 50_400 }),
        pieces,
        (records, offsetS, sizes) => {
          const own = new LocalClock(() => offsetS).toLocal('2026-11-23T01:00:00.000000Z')!;
          const back = readBack(file.columns, csvOf(file.columns, records, own), offsetS, sizes);
          t.strictSame(back.map(sorted), records.map(sorted));
        },
      ),
      { numRuns: 60 },
    );
  });
}

t.test('a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD', async (t) => {
  t.strictSame(readBack(TEXT, csvOf(TEXT, [{ n: 1, a: 'x\ud800y', b: '\udc00' }])), [
    { n: 1, a: 'x\ufffdy', b: '\ufffd' },
  ]);
});

t.test('the header of samples is the one that readers know', async (t) => {
  t.equal(
    headerOf(SAMPLES_FILE.columns),
    'TIMESTAMP,WEIGHT_US,TID,TGID,PIDNS,CGROUP_ID,STATE,USERNAME,EXE,COMM,SYSCALL,SYSCALL_ACTIVE,SYSC_ENTRY_TIME,SYSC_NS_SO_FAR,' +
      'SYSC_SEQ_NUM,IORQ_SEQ_NUM,SYSC_ARG1,SYSC_ARG2,SYSC_ARG3,SYSC_ARG4,SYSC_ARG5,SYSC_ARG6,FILENAME,CONNECTION,CONN_STATE,EXTRA_INFO,' +
      'KSTACK_HASH,USTACK_HASH,TRACE_PAYLOAD,TRACE_PAYLOAD_LEN,TRACE_ID,SPAN_ID,REASON,OFF_US',
  );
});

t.test('a thread that has not moved repeats its text, but for the columns of its sample', async (t) => {
  const sample = (more: object) =>
    Object.assign(new SampleRow(), { timestamp: OWN.utc, tid: 1, comm: 'ä', state: 'SLEEP', sysc_seq_num: 5 }, more);
  const first = sample({ weight_us: 1, off_us: 10, sysc_ns_so_far: 100 });
  const second = sample({ weight_us: 2, off_us: 20, sysc_ns_so_far: 200 });
  const third = sample({ weight_us: 3, off_us: 30, sysc_ns_so_far: 300 });
  SampleRow.share(second, first);
  SampleRow.share(third, second);
  const records = [first, second, third, third];
  for (const length of [8, 16, SAMPLES_FILE.columns.length]) {
    const columns = SAMPLES_FILE.columns.slice(0, length);
    const plain = records.map((record): Values => Object.fromEntries(Object.entries(record)));
    t.equal(csvOf(columns, records as object[] as Values[]).toString(), csvOf(columns, plain).toString());
  }
});
