/** What is shown, and how. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { COLUMNS, DEFAULT_KEYS, LAYOUTS } from '../../lib/index.js';
import { XCAPTURE } from '../support/paths.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, runXcapture } from '../support/xcapture.js';

const run = promisify(execFile);
const skip = bpfSkipReason();
const ESCAPE = '\u001b';

const keysOf = (rows: readonly object[]) => [...new Set(rows.flatMap((row) => Object.keys(row)))];

t.test('the summary counts what was written, and comes last', { skip }, async (t) => {
  const { records, rows, summary } = await record(t, ['-a', '-i', 3, '-F', 20]);
  t.strictSame(summary.records, { header: 1, sample: rows.length, summary: 1 });
  t.equal(records.length, rows.length + 2);
  t.ok(summary.cpu_us > 0 && summary.peak_rss_bytes > 0);
});

/** No task here is in a container, waits for a disk, or has its payload shown. */
const ELSEWHERE = new Set([
  'container_id',
  'iorq_seq_num',
  'kstack_hash',
  'ustack_hash',
  'trace_payload',
  'trace_payload_len',
]);

t.test('layouts choose the keys of NDJSON, and type stays', { skip }, async (t) => {
  const cases: [string[], readonly string[]][] = [
    [[], DEFAULT_KEYS],
    [['-n'], LAYOUTS.narrow],
    [['-w'], LAYOUTS.wide],
    [
      ['-g', ' TID ,Comm'],
      ['tid', 'comm'],
    ],
    [['-g', 'all'], COLUMNS.map(({ name }) => name)],
    [
      ['-n', '-G', 'host,CMDLINE'],
      [...LAYOUTS.narrow, 'host', 'cmdline'],
    ],
  ];
  // Who has what few threads have.
  await startWorkload(t, 'aio', ['poll']);
  await startWorkload(t, 'uring-waits', ['recv']);
  for (const [options, columns] of cases) {
    const { rows } = await record(t, ['-a', '-i', 1, '-t', 'syscall', ...options]);
    const keys = keysOf(rows);
    const allowed = new Set<string>(['type', ...columns]);
    t.strictSame(
      keys.filter((key) => !allowed.has(key)),
      [],
      options.join(' '),
    );
    for (const key of allowed) if (!ELSEWHERE.has(key)) t.ok(keys.includes(key), `${options.join(' ')}: ${key}`);
  }
});

t.test(
  '--where keeps the rows for which all conditions hold, also on columns that are not shown',
  { skip },
  async (t) => {
    const { rows } = await record(t, [
      '-a',
      '-i',
      1,
      '-g',
      'tid,comm',
      '--where',
      'EXE=[kernel]',
      '--where',
      'comm~^kw',
    ]);
    t.ok(rows.length > 0);
    t.ok(rows.every(({ comm }) => comm?.startsWith('kw')));
    t.strictSame(keysOf(rows), ['type', 'tid', 'comm']);
    const others = await record(t, ['-a', '-i', 1, '--where', 'exe!=[kernel]', '--where', 'syscall=']);
    t.ok(others.rows.every(({ exe, syscall }) => exe !== '[kernel]' && syscall === undefined));
  },
);

t.test('the table has a header, aligned rows and a line about the sample', { skip }, async (t) => {
  const { stdout, stderr } = await runXcapture(t, ['-a', '-n', '-i', 2, '-F', 10]);
  t.equal(stderr, '');
  const samples = stdout.toString().trimEnd().split('\n\n');
  t.equal(samples.length, 2);
  for (const sample of samples) {
    const lines = sample.split('\n');
    t.match(lines[0], /^ +TID +TGID STATE +USERNAME +EXE +COMM +SYSCALL +FILENAME$/);
    t.match(lines.at(-1), /^\d{4}-\S+Z {2}(\d+) of (\d+) tasks shown, walk \d+\.\d ms/);
    const state = lines[0]!.indexOf('STATE');
    for (const line of lines.slice(1, -1)) t.match(line.slice(state - 1), /^ [A-Z]+ /);
  }
});

t.test('colours are for terminals, and not for those who do not want them', { skip }, async (t) => {
  const command = `${process.execPath} ${XCAPTURE} -a -i 1 -n`;
  // script(1) gives it a terminal.
  const onTerminal = (env: NodeJS.ProcessEnv) =>
    run('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm', ...env } });
  t.notMatch((await runXcapture(t, ['-a', '-i', 1])).stdout.toString(), ESCAPE);
  const { NO_COLOR: _, ...env } = process.env;
  t.match((await run('script', ['-qec', command, '/dev/null'], { env: { ...env, TERM: 'xterm' } })).stdout, ESCAPE);
  t.notMatch((await onTerminal({ NO_COLOR: '1' })).stdout, ESCAPE);
});

t.test('-v says on stderr what each sample cost', { skip }, async (t) => {
  const { stderr, stdout } = await runXcapture(t, ['-a', '-i', 3, '-F', 20, '-v', '--ndjson', '-P']);
  const lines = stderr.trimEnd().split('\n');
  t.equal(lines.length, 3);
  for (const [at, line] of lines.entries()) {
    t.match(
      line,
      new RegExp(
        `^xcapture: sample ${at + 1}: walk [\\d.]+ ms .* \\d+ tasks, \\d+ records, 0 lost, \\d+ unreadable, slept `,
      ),
    );
  }
  t.match(stdout.toString(), /"type":"summary"/);
});

t.test('when nothing was active one line says so, and names -a', { skip }, async (t) => {
  const { stdout, stderr, status } = await runXcapture(t, ['-i', 2, '-F', 20, '--where', 'comm=nobody has this name']);
  t.equal(status, 0);
  t.match(stderr, /^No task was active in these 2 samples\. The idle ones are shown by: .* -a\n$/);
  t.match(stdout.toString(), /0 of \d+ tasks shown/);
});
