/** What xcapture-csv makes of bad input: a message, a count, and the rest as if nothing had been. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { checkCsv, filesIn, folder, runCsv } from '../support/recording.js';
import { SCHEMA_VERSION } from '../../lib/schema/records.js';

const START = '2026-11-23T01:00:00Z';
const HEADER = `${JSON.stringify({ type: 'header', schema_version: SCHEMA_VERSION, start_time: START })}\n`;
const sample = (tid: number, more: object = {}) =>
  `${JSON.stringify({ type: 'sample', timestamp: '2026-11-23T01:07:28.000000Z', tid, ...more })}\n`;

/** Runs it on the text; the tids that are recorded, and what was said. */
async function recorded(t: Parameters<typeof runCsv>[0], input: string | Buffer, args: string[] = []) {
  const directory = folder(t);
  const { status, stdout, stderr } = await runCsv(t, ['-o', directory, ...args], input);
  t.equal(stdout.length, 0);
  const tids = Object.entries(checkCsv(directory)).flatMap(([name, rows]) =>
    name.includes('samples') ? rows.map((fields) => Number(fields[2])) : [],
  );
  return { status, stderr, tids, files: filesIn(directory) };
}

t.test('a stream without a header is a warning, and is kept', async (t) => {
  t.match(await recorded(t, sample(1) + sample(2)), {
    status: 0,
    stderr: /^xcapture-csv: the recording does not begin with a header\n$/,
    tids: [1, 2],
  });
});

t.test('a header of a newer schema is a warning', async (t) => {
  const header = HEADER.replace(/"schema_version":\d+/, `"schema_version":${SCHEMA_VERSION + 1}`);
  t.match(await recorded(t, header + sample(1)), {
    status: 0,
    stderr: /^xcapture-csv: line 1: schema version \d+ is newer than \d+, which this xcapture knows\n$/,
    tids: [1],
  });
});

t.test('lines that are no records are named and counted, and those around them are kept', async (t) => {
  const bad = ['{"type":"sample","tid":\n\n[1]\n', '{"tid":3}\n'];
  const input = HEADER + sample(1) + bad[0] + sample(2) + sample(3) + bad[1] + sample(4).slice(0, 40);
  const { status, stderr, tids } = await recorded(t, input);
  t.strictSame([status, tids], [3, [1, 2, 3]]);
  const lines = stderr.split('\n');
  t.match(lines[0], /^xcapture-csv: line 3 is no record and was left out: /);
  t.match(lines[1], /^xcapture-csv: line 5 is no record and was left out: no object with a type$/);
  t.match(lines[2], /^xcapture-csv: line 8 is no record/);
  t.match(lines[3], /^xcapture-csv: line 9 is no record/);
  t.equal(lines[4], 'xcapture-csv: 4 lines were no records');
});

t.test('values that their columns cannot hold are named with their line', async (t) => {
  const input =
    HEADER + sample(1) + sample(2, { weight_us: 'x' }) + sample(3, { timestamp: 'noon' }) + sample(4, { comm: 5 });
  const { status, stderr, tids } = await recorded(t, `${input}${sample(5)}{"type":"kstack","syms":"a"}\n`);
  t.strictSame([status, tids], [3, [1, 5]]);
  t.match(stderr, /line 3 is no record and was left out: weight_us is "x", not a whole number below 2\^53\n/);
  t.match(stderr, /line 4 is no record and was left out: timestamp is "noon", not a time as in /);
  t.match(stderr, /line 5 is no record and was left out: comm is 5, not a text\n/);
  t.match(stderr, /line 7 is no record and was left out: hash is undefined/);
});

t.test('unknown types go to the meta file, unknown keys have no column', async (t) => {
  const later = '{"type":"later","timestamp":"2026-11-23T01:07:28Z","x":[1]}';
  const { status, stderr, tids, files } = await recorded(t, `${HEADER}${sample(1, { colour: 'red' })}${later}\n`);
  t.strictSame([status, tids], [0, [1]]);
  t.ok(Object.values(files).some((text) => text.includes(`${later}\n`)));
  t.equal(stderr, 'xcapture-csv: line 2: CSV has no column for the key colour, here and later\n');
});

t.test('binary garbage and nothing at all are errors', async (t) => {
  const garbage = Buffer.concat(
    Array.from({ length: 20 }, () => Buffer.concat([randomBytes(5000), Buffer.from('\n')])),
  );
  for (const [input, message] of [
    [garbage, /nothing in the input is a record/],
    ['', /^xcapture-csv: nothing in the input is a record; is it what xcapture --ndjson wrote\?\n$/],
    [`x\ny\n${sample(1)}`, /2 of 3 lines are no records; is it what xcapture --ndjson wrote\?\n/],
  ] as const) {
    const { status, stderr } = await recorded(t, input);
    t.equal(status, 1);
    t.match(stderr, message);
  }
});

t.test('files are read one after the other, also one whose last line is open', async (t) => {
  const directory = folder(t);
  const files = ['a', 'b'].map((name) => join(directory, name));
  writeFileSync(files[0]!, HEADER + sample(1) + sample(2).trimEnd());
  writeFileSync(files[1]!, HEADER + sample(3));
  t.match(await recorded(t, '', files), { status: 0, stderr: '', tids: [1, 2, 3] });
  const { status, stderr } = await recorded(t, '', [...files, join(directory, 'none')]);
  t.equal(status, 1);
  t.match(stderr, /^xcapture-csv: cannot open \S+none: ENOENT\n$/);
});

t.test('the command line', async (t) => {
  for (const [args, message] of [
    [[], /^xcapture-csv: -o DIR is missing; it names the directory to record into\n$/],
    [['--ouput-dir', 'x'], /unknown option --ouput-dir; did you mean --output-dir\?/],
    [['-o', 'x', '-G', 'comn'], /there is no column comn; did you mean comm\?/],
    [['-o', 'x', '--retain', 'long'], /--retain wants an age/],
  ] as [string[], RegExp][]) {
    t.match(await runCsv(t, args), { status: 2, stderr: message });
  }
  t.match((await runCsv(t, ['--help'])).stdout.toString(), /^Usage: xcapture-csv -o DIR \[FILE…\]\n/);
  t.match((await runCsv(t, ['-V'])).stdout.toString(), /^xcapture-csv \d/);
  const { status, stderr } = await runCsv(t, ['-o', '/proc/nothing'], HEADER);
  t.equal(status, 1);
  t.match(stderr, /^xcapture-csv: cannot mkdir \/proc\/nothing: ENOENT\n$/);
});
