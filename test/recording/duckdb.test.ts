/** DuckDB with automatic detection reads what is recorded: each file, and globs over hours. */
import t from 'tap';
import { openDuckdb } from '../support/duckdb.js';
import { folder, recordInto, UTC } from '../support/recording.js';

/** DuckDB looks at so many rows to guess a file's dialect and types. */
const SNIFFED_ROWS = 20_480;
const HOURS = ['2026-11-23.01', '2026-11-23.02'];
const PLAIN_ROWS = 25_000;
const HOSTILE_ROWS = 1000;
const STACK = {
  type: 'kstack',
  hash: '0000000000000012',
  syms: 'a+0x1;b+0x2',
  frames: [{ addr: 'ff' }, { addr: 'fe' }],
};
/** It is in the second hour only, and is made of digits alone. */
const LATER = { ...STACK, hash: '9999999999999999' };

const stamp = (hour: number, ms: number) =>
  new Date(Date.UTC(2026, 10, 23, hour, 0, 0, ms)).toISOString().replace('Z', '123Z');

/** One sample of so many rows. */
function* samplesOf(hour: number, rows: number, make: (row: number) => object): Generator<object[]> {
  const perSample = 500;
  for (let at = 0; at < rows; at += perSample) {
    yield Array.from({ length: Math.min(perSample, rows - at) }, (_, index) => ({
      type: 'sample',
      timestamp: stamp(hour, at),
      weight_us: 1_000_000,
      tid: at + index,
      ...make(at + index),
    }));
  }
}

const plain = (row: number) => ({
  comm: 'worker',
  filename: '/var/lib/x',
  sysc_arg1: String(row % 10),
  kstack_hash: STACK.hash,
});
const hostile = (row: number) => ({
  comm: `a "b",\n${row}\r\n'`,
  filename: '"-"',
  sysc_arg1: 'ffffffffffffffff',
  extra_info: { unix: { path: 'x,"\n' } },
  kstack_hash: STACK.hash,
});

t.test('types are the same in every hour, whatever comes after the rows that are looked at', async (t) => {
  t.ok(PLAIN_ROWS > SNIFFED_ROWS);
  const directory = folder(t);
  await recordInto(directory, [
    [STACK],
    ...samplesOf(1, PLAIN_ROWS, plain),
    ...samplesOf(1, HOSTILE_ROWS, hostile),
    [LATER],
    ...samplesOf(2, HOSTILE_ROWS, (row) => ({ ...hostile(row), kstack_hash: LATER.hash, cpu: 3 })),
    ...samplesOf(2, 10, plain),
  ]);
  const { query, typesOf } = await openDuckdb(t);
  const of = (name: string, hour: string) => `read_csv('${directory}/xcapture_${name}_${hour}.csv')`;
  const [first, second, all] = await Promise.all([...HOURS, '*'].map(async (hour) => typesOf(of('samples', hour))));
  t.strictSame(second, first);
  t.strictSame(all, first);
  t.match(first, {
    TIMESTAMP: 'TIMESTAMP',
    WEIGHT_US: 'BIGINT',
    TID: 'BIGINT',
    COMM: 'VARCHAR',
    SYSC_ARG1: 'VARCHAR',
    SYSC_ARG2: 'VARCHAR',
    EXTRA_INFO: 'VARCHAR',
    KSTACK_HASH: 'VARCHAR',
  });
  t.equal((await typesOf(of('kstacks', HOURS[1]!)))['KSTACK_HASH'], 'VARCHAR');
  for (const [hour, rows] of [
    [HOURS[0]!, PLAIN_ROWS + HOSTILE_ROWS],
    [HOURS[1]!, HOSTILE_ROWS + 10],
    ['*', PLAIN_ROWS + 2 * HOSTILE_ROWS + 10],
  ] as const) {
    for (const table of [of('samples', hour), of('samples', hour).replace(')', ', union_by_name = true)')]) {
      t.strictSame(
        await query(`select count(*), count(distinct COMM) > 1 from ${table}`),
        [[String(rows), true]],
        table,
      );
    }
  }
  t.strictSame(
    await query(`select COMM, FILENAME, EXTRA_INFO from ${of('samples', HOURS[1]!)} where COMM = 'worker' limit 1`),
    [['worker', '/var/lib/x', '-']],
  );
  t.strictSame(
    await query(`select COMM, EXTRA_INFO ->> '$.unix.path' from ${of('samples', HOURS[1]!)} where COMM like '%999%'`),
    [['a "b",\n999\r\n\'', 'x,"\n']],
  );
});

t.test('a plain join with the stacks counts each row once, over one hour and over all', async (t) => {
  const directory = folder(t);
  const rows = 1000;
  const of = (hour: number) => [...samplesOf(hour, rows, plain)];
  await recordInto(directory, [
    [STACK],
    ...of(1),
    [LATER],
    ...of(2),
    ...samplesOf(2, 7, () => ({ kstack_hash: LATER.hash })),
  ]);
  const { query } = await openDuckdb(t);
  const sql = (hour: string) =>
    `select KSTACK_SYMS, count(*) from read_csv('${directory}/xcapture_samples_${hour}.csv') ` +
    `left join read_csv('${directory}/xcapture_kstacks_${hour}.csv') using (KSTACK_HASH) group by all order by 2 desc`;
  t.strictSame(await query(sql(HOURS[0]!)), [[STACK.syms, String(rows)]]);
  t.strictSame(await query(sql('*')), [[STACK.syms, String(2 * rows + 7)]]);
  t.strictSame(await query(`select count(*) from read_csv('${directory}/xcapture_kstacks_*.csv')`), [['3']]);
});

t.test('two hours of records in quantity: no row is missing, and memory stays flat', async (t) => {
  // 3 million with XCAPTURE_TEST_ROWS; the suite does with less.
  const rows = Number(process.env['XCAPTURE_TEST_ROWS'] ?? 300_000) / 2;
  const directory = folder(t);
  const peaks: number[] = [];
  function* batches(): Generator<object[]> {
    for (const hour of [1, 2]) {
      yield* samplesOf(hour, rows, (row) =>
        row % 3 === 0 ? plain(row) : { comm: `thread-${row % 5000}`, state: 'SLEEP', syscall: 'futex' },
      );
      peaks.push(process.memoryUsage.rss());
    }
  }
  await recordInto(directory, batches());
  const { query } = await openDuckdb(t);
  t.strictSame(
    await query(
      `select hour(TIMESTAMP), count(*), count(distinct TID) from read_csv('${directory}/*samples*.csv') group by 1 order by 1`,
    ),
    HOURS.map((_, index) => [String(index + 1), String(rows), String(rows)]),
  );
  t.ok(peaks[1]! - peaks[0]! < 50 * 2 ** 20, `${peaks.map((bytes) => Math.round(bytes / 2 ** 20)).join(', ')} MiB`);
});

t.test('hours with and without numbers in a column are read as one with types=', async (t) => {
  const directory = folder(t);
  await recordInto(
    directory,
    [
      [{ type: 'sample', timestamp: stamp(1, 0), tid: 1 }],
      [{ type: 'sample', timestamp: stamp(2, 0), tid: 1, sysc_seq_num: 7, sysc_entry_time: stamp(2, 0) }],
    ],
    UTC,
  );
  const { query } = await openDuckdb(t);
  const types = "types = {'SYSC_SEQ_NUM': 'BIGINT', 'SYSC_ENTRY_TIME': 'TIMESTAMP'}";
  t.strictSame(
    await query(
      `select SYSC_SEQ_NUM, SYSC_ENTRY_TIME from read_csv('${directory}/*samples*.csv', ${types}) order by TIMESTAMP`,
    ),
    [
      [null, null],
      ['7', '2026-11-23 02:00:00.000123'],
    ],
  );
});
