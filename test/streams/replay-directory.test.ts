/** A recorded directory gives back what was recorded. Times, hours and hostile values are in test/csv/rows.test.ts. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import t from 'tap';
import { replayDirectory, type Batch, type RecordingOptions, type ReplayDirectoryOptions } from '../../lib/index.js';
import { folder, recordInto, UTC } from '../support/recording.js';

type Row = Record<string, unknown>;

async function replayed(directory: string, options: ReplayDirectoryOptions = {}): Promise<Row[]> {
  const records: Row[] = [];
  // Not the zone of this machine: what the recorder has noted counts.
  for await (const batch of replayDirectory(directory, { utcOffset: () => 12_345, ...options })) {
    records.push(...((batch as Batch).records as unknown as Row[]));
  }
  return records;
}

const at = (ms: number, us = 0) => `${new Date(ms).toISOString().slice(0, -1)}${String(us).padStart(3, '0')}Z`;
const START = Date.UTC(2026, 9, 25, 0, 30);
const row = (minute: number, more: object = {}) => ({
  type: 'sample',
  timestamp: at(START + minute * 60_000),
  ...more,
});
const of = (type: string) => (record: Row) => record['type'] === type;

const HEADER = { type: 'header', start_time: at(START - 1000), host: 'db7' };
const SUMMARY = { type: 'summary', timestamp: at(START + 200 * 60_000), samples: 3 };
const STACK = { type: 'kstack', hash: '0123456789abcdef', syms: 'a+0x1', frames: [{ addr: 'ff' }] };
const GROUP = { type: 'cgroup', cgroup_id: 7, cgroup: '/a' };
/** Summer time ends at 01:00 UTC. */
const BERLIN: RecordingOptions = { utcOffset: (epochS) => (epochS < (START + 1_800_000) / 1000 ? 7200 : 3600) };

t.test('records come back in their order, stacks and groups before their use and once', async (t) => {
  const directory = folder(t);
  const records = [
    HEADER,
    STACK,
    GROUP,
    ...[0, 20, 40, 60, 100, 200].map((minute) => row(minute, { cgroup_id: 7, kstack_hash: STACK.hash })),
    { type: 'later', timestamp: at(START + 200 * 60_000), x: 1 },
    SUMMARY,
  ];
  await recordInto(directory, [records], BERLIN);
  const back = await replayed(directory);
  t.strictSame(back.slice(0, 2), [STACK, GROUP]);
  t.strictSame(back.slice(2), [HEADER, ...records.slice(3)]);
});

t.test('records of several kinds are merged by their time', async (t) => {
  const directory = folder(t);
  const end = {
    type: 'syscend',
    syscall_name: 'read',
    sysc_enter_time: at(START),
    duration_ns: 90e9,
    sysc_ret_val: -11,
  };
  const request = { type: 'iorqend', issue_timestamp: at(START), service_ns: 150e9, dev: '254:0', error: 'EIO' };
  const loss = { type: 'loss', timestamp: at(START + 210_000), kind: 'sample', count: 1 };
  await recordInto(directory, [
    [HEADER, row(0), row(1), row(2), row(3), row(4)],
    [end, request, loss],
  ]);
  t.strictSame(
    (await replayed(directory)).map(({ type }) => type),
    ['header', 'sample', 'sample', 'syscend', 'sample', 'iorqend', 'sample', 'loss', 'sample'],
  );
});

t.test('NDJSON to CSV to NDJSON changes nothing, also by way of Parquet', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const arbitrary = fc.array(
    fc.record({
      minute: fc.integer({ min: 0, max: 300 }),
      us: fc.integer({ min: 0, max: 999 }),
      tid: maybe(fc.maxSafeNat()),
      comm: maybe(text),
      filename: maybe(text),
      sysc_arg3: maybe(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16))),
      extra_info: maybe(fc.record({ unix: fc.record({ path: text, inode: fc.nat() }) })),
      sysc_entry_time: maybe(fc.integer({ min: 0, max: 10_000 }).map((back) => at(START - back, 7))),
      host: maybe(text),
    }),
    { minLength: 1, maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, fc.boolean(), async (values, compress) => {
      const directory = folder(t);
      const records = values
        .toSorted((a, b) => a.minute - b.minute || a.us - b.us)
        .map(({ minute, us, ...rest }) => ({ ...row(0, rest), timestamp: at(START + minute * 60_000, us) }))
        .map((record) => JSON.parse(JSON.stringify(record)) as Row);
      await recordInto(directory, [records], { ...BERLIN, append: ['host'], compress });
      t.strictSame(await replayed(directory), records);
    }),
    { numRuns: 40 },
  );
});

t.test('an hour that was converted, and then recorded again in another offset, has the right times', async (t) => {
  const directory = folder(t);
  const options = { ...BERLIN, compress: true };
  await recordInto(directory, [[row(0)], [row(200)]], options);
  await recordInto(directory, [[row(40)], [row(201)]], options);
  t.strictSame((await replayed(directory)).filter(of('sample')), [row(0), row(40), row(200), row(201)]);
});

t.test('--from and --to choose, -i ends it', async (t) => {
  const directory = folder(t);
  await recordInto(directory, [[HEADER, ...[0, 20, 40, 60, 100, 200].map((minute) => row(minute))]], BERLIN);
  const from = at(START + 20 * 60_000);
  const to = at(START + 100 * 60_000);
  t.strictSame((await replayed(directory, { from, to })).filter(of('sample')), [row(20), row(40), row(60)]);
  t.strictSame((await replayed(directory, { iterations: 2 })).filter(of('sample')), [row(0), row(20)]);
});

t.test('a row that is none is told, and what a recorder is about to write is not', async (t) => {
  const directory = folder(t);
  await recordInto(directory, [[row(0), row(1)]]);
  const path = join(directory, 'xcapture_samples_2026-10-25.00.csv');
  appendFileSync(path, '2026-10-25T00:33:00.000000,1\n');
  appendFileSync(path, '2026-10-25T00:34:00.000000,10000');
  const told: string[] = [];
  const rows = await replayed(directory, { onMalformed: (...one) => told.push(one.join(': ')) });
  t.equal(rows.length, 2);
  t.strictSame(told, ['row 3 of xcapture_samples_2026-10-25.00: 2 fields instead of 34']);
});

t.test('a directory of an older or a younger version, and one without notes', async (t) => {
  const directory = folder(t);
  await recordInto(directory, [[row(0, { tid: 1, off_us: 5 })]], UTC);
  const path = join(directory, 'xcapture_samples_2026-10-25.00.csv');
  const cut = readFileSync(path, 'utf8').replaceAll(/,OFF_US$|,5$/gm, '');
  writeFileSync(path, cut.replace(/REASON$/m, 'REASON,NEWER').replace(/"-"$/m, '"-","x"'));
  writeFileSync(join(directory, 'xcapture_meta_2026-10-25.00.ndjson'), '');
  t.strictSame(await replayed(directory, { utcOffset: () => 3600 }), [
    { type: 'sample', timestamp: at(START - 3_600_000), tid: 1, newer: 'x' },
  ]);
});

t.test('a directory without a recording is an error', async (t) => {
  await t.rejects(replayed(folder(t)), { code: 'XCAP_NO_RECORDING' });
});
