/** Recordings, whole and damaged. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { REASONS } from '../../lib/schema/enums.js';
import { bpfSkipReason } from '../support/rights.js';
import { record, runXcapture } from '../support/xcapture.js';

const HEADER = '{"type":"header","schema_version":1}';
const row = (tid: number, at = 0, more = '') =>
  `{"type":"sample","timestamp":"2026-11-23T01:07:2${at}.000000Z","tid":${tid},"tgid":${tid > 1 ? 2 : 1},` +
  `"state":"RUN","exe":"/x","comm":"c"${more}}`;
const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');

/** Replays what comes on stdin. */
function replayed(input: string | Buffer, ...options: string[]) {
  return runXcapture(t, ['--replay', '-', ...options], { input });
}

t.test('a recording replayed in full is the same, byte for byte', { skip: bpfSkipReason() }, async (t) => {
  const { stdout, rows } = await record(t, ['-a', '-i', 3, '-F', 20]);
  const file = join(t.testdir({}), 'out.ndjson');
  writeFileSync(file, stdout);
  const wrapper = ['setpriv', '--reuid=65534', '--clear-groups', '--bounding-set=-all'];
  const again = await runXcapture(t, ['--replay', '-', '-a', '--ndjson'], { wrapper, input: stdout });
  t.equal(again.stderr, '');
  t.equal(again.status, 0);
  t.ok(again.stdout.equals(stdout));
  const active = await runXcapture(t, ['--replay', file, '--ndjson']);
  t.equal(
    active.stdout.toString().match(/"type":"sample"/g)?.length ?? 0,
    rows.filter(({ reason }) => !REASONS.some(({ name, idle }) => idle && name === reason)).length,
  );
});

t.test('-i, --duration, -p and --where work on a recording', async (t) => {
  const input = lines(HEADER, row(1, 0), row(2, 0), row(1, 1), row(3, 1), row(1, 2));
  const tids = async (...options: string[]) => {
    const { stdout, status, stderr } = await replayed(input, '--ndjson', '-g', 'tid', ...options);
    t.equal(stderr, '', options.join(' '));
    t.equal(status, 0);
    return (
      stdout
        .toString()
        .match(/(?<="tid":)\d+/g)
        ?.join() ?? ''
    );
  };
  t.equal(await tids(), '1,2,1,3,1');
  t.equal(await tids('-i', '2'), '1,2,1,3');
  t.equal(await tids('--duration', '1s'), '1,2');
  t.equal(await tids('-p', '2'), '2,3');
  t.equal(await tids('--where', 'tid!=1'), '2,3');
});

t.test('a line that is no record is named, counted and left out', async (t) => {
  const { status, stdout, stderr } = await replayed(
    lines(HEADER, row(1), '', '{"type":', row(2), '[1]', row(3), '{"tid":4}', row(5)),
    '--ndjson',
  );
  t.equal(status, 3);
  t.equal(stdout.toString(), lines(HEADER, row(1), row(2), row(3), row(5)));
  t.match(stderr, /^xcapture: line 4 is no record and was left out: /m);
  t.match(stderr, /^xcapture: line 6 is no record and was left out: no object with a type$/m);
  t.match(stderr, /^xcapture: line 8 is no record and was left out: /m);
  t.match(stderr, /^xcapture: 3 lines were no records$/m);
});

t.test('a last line that was cut is no record', async (t) => {
  const { status, stdout, stderr } = await replayed(lines(HEADER, row(1)) + row(2).slice(0, 30), '--ndjson');
  t.equal(status, 3);
  t.equal(stdout.toString(), lines(HEADER, row(1)));
  t.match(stderr, /line 3 is no record/);
});

t.test('more bad lines than good ones, nothing at all, and binary are errors', async (t) => {
  const bad = await replayed(lines(HEADER, 'x', 'y'), '--ndjson');
  t.equal(bad.status, 1);
  t.match(bad.stderr, /2 of 3 lines are no records; is it what xcapture --ndjson wrote\?/);
  const garbage = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256));
  for (const input of ['', '\n\n', garbage]) {
    const { status, stderr, stdout } = await replayed(input, '--ndjson');
    t.equal(status, 1);
    t.match(stderr, /^xcapture: nothing in the input is a record; /m);
    t.notMatch(stderr.replaceAll('\n', ''), /\p{Cc}/u);
    t.equal(stdout.length, 0);
  }
});

t.test('a missing header is one warning, and a header in the middle is none', async (t) => {
  const missing = await replayed(lines(row(1), row(2)), '--ndjson');
  t.equal(missing.stderr, 'xcapture: the recording does not begin with a header\n');
  t.equal(missing.status, 0);
  const joined = await replayed(lines(HEADER, row(1), HEADER, row(2, 1)), '--ndjson');
  t.equal(joined.stderr, '');
  t.equal(joined.stdout.toString(), lines(HEADER, row(1), HEADER, row(2, 1)));
});

t.test('unknown types and keys are passed on, and a newer schema is a warning', async (t) => {
  const newer = '{"type":"header","schema_version":99}';
  const input = lines(newer, '{"type":"later","x":[1]}', row(1, 0, ',"later":{"y":2}'));
  const { status, stdout, stderr } = await replayed(input, '--ndjson');
  t.equal(status, 0);
  t.equal(stdout.toString(), input);
  t.match(stderr, /^xcapture: line 1: schema version 99 is newer than \d+, which this xcapture knows\n$/);
});

t.test('a file that is not there and a folder without a recording are errors that name them', async (t) => {
  const gone = await runXcapture(t, ['--replay', '/nonexistent/file']);
  t.equal(gone.status, 1);
  t.match(gone.stderr, /^xcapture: .*\/nonexistent\/file.*ENOENT\n$/);
  const folder = await runXcapture(t, ['--replay', t.testdir({})]);
  t.equal(folder.status, 1);
  t.match(
    folder.stderr,
    /^xcapture: \S+ has no recording; name a directory that xcapture -o DIR has filled, [^\n]+\n$/,
  );
});

t.test('hostile values of a recording reach neither terminal nor stream as controls', async (t) => {
  const hostile = row(1).replace('"c"', '"a\\u001b[2J\\n\\u009b31m\\u007f\\ud800"');
  for (const options of [[], ['--ndjson']]) {
    const { stdout } = await replayed(lines(HEADER, hostile), ...options);
    t.notMatch(stdout.toString().replaceAll('\n', ''), /\p{Cc}/u);
  }
});
