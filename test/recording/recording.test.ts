/** A recording: which record goes into which file, and how. Whole runs are in test/bin/recording. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CsvRecording, type RecordingOptions, type StreamRecord } from '../../lib/index.js';
import { fnv1a64 } from '../../lib/csv/fnv1a.js';
import { filesIn, folder, notesIn, recordInto, UTC } from '../support/recording.js';

const HOUR_S = 3600;

/** Records the batches. Returns the text of each file by its name. */
async function recorded(
  t: Test,
  batches: readonly object[][],
  options: RecordingOptions = UTC,
  directory = folder(t),
): Promise<Record<string, string>> {
  await recordInto(directory, batches, options);
  return filesIn(directory);
}

const sample = (timestamp: string, more: object = {}) => ({ type: 'sample', timestamp, tid: 1, ...more });
const hash = (text: string, hour: string) => (BigInt(`0x${text}`) ^ fnv1a64(hour)).toString(16).padStart(16, '0');
const lines = (text: string | undefined) => (text ?? '').split('\n').slice(1, -1);
const timesIn = (text: string | undefined) => lines(text).map((line) => line.slice(0, 26));

t.test('a row is as documented: text in quotes, "-" for none, nothing for no number, local time', async (t) => {
  const files = await recorded(
    t,
    [
      [
        sample('2026-11-23T00:07:28.350568Z', {
          comm: 'a "b",\nc',
          sysc_arg1: '7ff',
          weight_us: 1_000_000,
          extra_info: { poll: { fds: 2 } },
          off_us: 5,
        }),
      ],
    ],
    { utcOffset: () => HOUR_S },
  );
  t.equal(
    files['samples_2026-11-23.01.csv']!.split('\n').slice(1).join('\n'),
    '2026-11-23T01:07:28.350568,1000000,1,,,,"-","-","-","a ""b"",\nc","-","-",,,,,"00000000000007ff","-","-","-","-","-",' +
      '"-","-","-","{""poll"":{""fds"":2}}","-","-","-",,"-","-","-",5\n',
  );
});

t.test('each record goes into the hour that it is about', async (t) => {
  const files = await recorded(t, [
    [
      sample('2026-11-23T00:59:59.999999Z'),
      sample('2026-11-23T01:00:00Z'),
      sample('2026-11-23T03:00:00.5Z'),
      sample('2026-11-23T00:30:00.000000Z'),
      { type: 'syscend', sysc_enter_time: '2026-11-23T00:59:59.900000Z', duration_ns: 200_000_000 },
      { type: 'iorqend', issue_timestamp: '2026-11-23T00:59:59.900000Z', service_ns: 1000 },
    ],
  ]);
  t.strictSame(
    Object.keys(files)
      .filter((name) => name.endsWith('.csv'))
      .toSorted(),
    [
      'iorqend_2026-11-23.00.csv',
      'samples_2026-11-23.00.csv',
      'samples_2026-11-23.01.csv',
      'samples_2026-11-23.03.csv',
      'syscend_2026-11-23.01.csv',
    ],
  );
  t.strictSame(timesIn(files['samples_2026-11-23.00.csv']), [
    '2026-11-23T00:59:59.999999',
    '2026-11-23T00:30:00.000000',
  ]);
  t.strictSame(timesIn(files['samples_2026-11-23.03.csv']), ['2026-11-23T03:00:00.500000']);
});

t.test('an hour that the clock shows twice is one file, and one that it leaves out is none', async (t) => {
  const change = Date.parse('2026-10-25T01:00:00Z') / 1000;
  const berlin = { utcOffset: (epochS: number) => (epochS < change ? 2 : 1) * HOUR_S };
  const back = await recorded(
    t,
    [
      [sample('2026-10-25T00:59:59.000000Z', { sysc_entry_time: '2026-10-25T00:59:58.000000Z' })],
      [sample('2026-10-25T01:00:00.000000Z', { sysc_entry_time: '2026-10-25T00:59:58.000000Z' })],
    ],
    berlin,
  );
  t.strictSame(timesIn(back['samples_2026-10-25.02.csv']), [
    '2026-10-25T02:59:59.000000',
    '2026-10-25T02:00:00.000000',
  ]);
  t.match(lines(back['samples_2026-10-25.02.csv'])[1], /,2026-10-25T01:59:58\.000000,/, 'the difference is right');
  t.match(notesIn(back['meta_2026-10-25.02.ndjson']), [
    { event: 'utc_offset', rows: 0, utc_offset_s: 7200 },
    {
      event: 'utc_offset',
      rows: 1,
      utc_offset_s: 3600,
    },
  ]);
  const spring = Date.parse('2026-03-29T01:00:00Z') / 1000;
  const forth = await recorded(t, [[sample('2026-03-29T00:59:59.000000Z'), sample('2026-03-29T01:00:00.000000Z')]], {
    utcOffset: (epochS) => (epochS < spring ? 1 : 2) * HOUR_S,
  });
  t.strictSame(
    Object.keys(forth).filter((name) => name.startsWith('samples')),
    ['samples_2026-03-29.01.csv', 'samples_2026-03-29.03.csv'],
  );
});

t.test('an hour has each stack and group that it needs once, also after a restart', async (t) => {
  const directory = folder(t);
  const stack = {
    type: 'kstack',
    hash: '00000000000000ff',
    syms: 'a+0x1;b+0x2',
    frames: [{ addr: 'ff' }, { addr: 'fe' }],
  };
  const group = { type: 'cgroup', cgroup_id: 7, cgroup: '/a' };
  const of = (timestamp: string) => sample(timestamp, { kstack_hash: '00000000000000ff', cgroup_id: 7 });
  await recorded(t, [[stack, stack, group, of('2026-11-23T01:00:00Z'), of('2026-11-23T02:00:00Z')]], UTC, directory);
  const files = await recorded(
    t,
    [[stack, group, of('2026-11-23T02:00:01Z'), of('2026-11-23T02:00:02Z')]],
    UTC,
    directory,
  );
  for (const hour of ['2026-11-23.01', '2026-11-23.02']) {
    const own = hash('00000000000000ff', hour);
    t.equal(files[`kstacks_${hour}.csv`], `KSTACK_HASH,KSTACK_SYMS,KSTACK_ADDRS\n"${own}","a+0x1;b+0x2","ff;fe"\n`);
    t.equal(files[`cgroups_${hour}.csv`], 'CGROUP_ID,CGROUP_PATH\n7,"/a"\n');
    for (const line of lines(files[`samples_${hour}.csv`])) t.match(line, `"${own}"`);
  }
});

t.test('a stack may have the names of the columns for its keys', async (t) => {
  const named = { type: 'ustack', ustack_hash: '00000000000000ff', ustack_syms: 'a', ustack_addrs: 'ff;fe' };
  const files = await recorded(t, [[named, sample('2026-11-23T01:00:00Z')]]);
  t.match(files['ustacks_2026-11-23.01.csv'], `\n"${hash('00000000000000ff', '2026-11-23.01')}","a","ff;fe"\n`);
});

t.test('return values are signed, devices two numbers, errors numbers', async (t) => {
  const end = { type: 'syscend', timestamp: '2026-11-23T01:00:00Z', syscall_name: 'mmap' };
  const files = await recorded(t, [
    [
      { ...end, sysc_ret_val: -12 },
      { ...end, sysc_ret_hex: '7f0012345000', partial: true },
      { ...end, sysc_ret_hex: 'fffffffffffff000' },
      { type: 'iorqend', issue_timestamp: '2026-11-23T01:00:00Z', dev: '254:16', error: 'EIO' },
      { type: 'iorqend', issue_timestamp: '2026-11-23T01:00:00Z' },
    ],
  ]);
  const values = lines(files['syscend_2026-11-23.01.csv']).map((line) => line.split(','));
  t.strictSame(
    values.map((fields) => fields[5]),
    ['-12', '139638282407936'.length ? String(0x7f0012345000) : '', '-4096'],
  );
  t.strictSame(
    values.map((fields) => fields.at(-1)),
    ['0', '1', '0'],
  );
  const requests = lines(files['iorqend_2026-11-23.01.csv']).map((line) => line.split(','));
  t.strictSame(
    requests.map((fields) => [fields[7], fields[8], fields.at(-1)]),
    [
      ['254', '16', '5'],
      ['', '', '0'],
    ],
  );
});

t.test('what no column can hold is told and counted, and what has no file goes to the meta file', async (t) => {
  const bad: [number, string][] = [];
  const directory = folder(t);
  const recording = await CsvRecording.open(directory, { ...UTC, onBadRecord: (...one) => bad.push(one) });
  recording.write([
    { type: 'sample', timestamp: 'yesterday' },
    { type: 'sample', timestamp: '2026-11-23T01:00:00Z', tid: 'x' },
    { type: 'sample', timestamp: '2026-11-23T01:00:00Z', tid: 2 },
    { type: 'later', timestamp: '2026-11-23T01:00:00Z', x: 1 },
    { type: 'kstack', syms: 'a' },
  ] as StreamRecord[]);
  await recording.close();
  t.match(bad, [
    [0, /timestamp is "yesterday", not a time/],
    [1, /tid is "x", not a whole number/],
    [4, /hash is undefined/],
  ]);
  t.equal(recording.lost, 3);
  t.equal(lines(readFileSync(join(directory, 'xcapture_samples_2026-11-23.01.csv'), 'utf8')).length, 1);
  t.match(readFileSync(join(directory, 'xcapture_meta_2026-11-23.01.ndjson'), 'utf8'), '{"type":"later",');
});
