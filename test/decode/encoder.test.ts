/** Rows as JSON: what the generated encoder writes is what JSON.stringify would. */
import t from 'tap';
import { ByteWriter } from '../../lib/format/byte-writer.js';
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import {
  AioInfo,
  ExtraInfo,
  IorqInfo,
  PollInfo,
  TcpInfo,
  UnixInfo,
  UringInfo,
} from '../../lib/decode/extra-info.gen.js';
import { EXTRA_INFO, type ExtraKey } from '../../lib/schema/extra-info.js';
import { encodeSample, SampleRow } from '../../lib/decode/sample.gen.js';
import { parseLine } from '../support/schema.js';

const HOSTILE = [
  '',
  'plain',
  'a"b\\c',
  'line\nbreak\r\t',
  '\u001b[2J\u0000\u007f\u0085\u009b',
  'ünï 漢字 🦀',
  '\ud800 lone',
  '\u2028\u2029',
  'x'.repeat(9000),
];
const NUMBERS = [0, 7, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 100000, 4026531836, 2 ** 32, 2 ** 53 - 1];

function extraOf(round: number): ExtraInfo {
  const info = new ExtraInfo();
  EXTRA_INFO.forEach(({ name, keys }, object) => {
    if ((round + object) % 3 === 1) return;
    const made = { tcp: TcpInfo, unix: UnixInfo, poll: PollInfo, aio: AioInfo, uring: UringInfo, iorq: IorqInfo }[name];
    const values = new made() as unknown as Record<string, unknown>;
    (keys as readonly ExtraKey[]).forEach((key, at) => {
      if ((round + at) % 5 === 2) return;
      if (key.type === 'integer') values[key.name] = NUMBERS[(round + at) % NUMBERS.length];
      else if (key.type === 'boolean') values[key.name] = (round + at) % 2 === 0;
      else values[key.name] = key.by ? 'Open' : HOSTILE[(round + at) % HOSTILE.length];
    });
    (info as unknown as Record<string, unknown>)[name] = values;
  });
  return info;
}

function rowOf(round: number): SampleRow {
  const row = new SampleRow();
  const values = row as unknown as Record<string, unknown>;
  (COLUMNS as readonly Column[]).forEach((column, at) => {
    if ((round + at) % 7 === 3) return;
    if (column.type === 'integer') values[column.name] = NUMBERS[(round + at) % NUMBERS.length];
    else if (column.type === 'time') values[column.name] = '2026-11-23T01:07:28.350568Z';
    else if (column.type === 'hex') values[column.name] = ['0', '7ffd5c3a1e40', 'f'.repeat(16)][(round + at) % 3];
    else if (column.name === 'state') values[column.name] = 'RUN';
    else if (column.name === 'reason') values[column.name] = 'active';
    else if (column.type === 'object') values[column.name] = extraOf(round);
    else if (['container_id', 'syscall', 'syscall_active', 'conn_state'].includes(column.name))
      values[column.name] = 'read';
    else values[column.name] = HOSTILE[(round + at) % HOSTILE.length];
  });
  return row;
}

/** As the sink does it. */
function encodeAll(rows: readonly SampleRow[], writer: ByteWriter): void {
  let before: SampleRow | undefined;
  let told: SampleRow | undefined;
  for (const row of rows) {
    if (encodeSample(row, writer, before, told)) told = row;
    before = row;
  }
}

t.test('every row is a line that says what the row says, alone and after any other', async (t) => {
  const writer = new ByteWriter();
  const rows = Array.from({ length: 200 }, (_, round) => rowOf(round % 3 === 0 ? 0 : round));
  encodeAll(rows, writer);
  const text = writer.written.toString();
  t.notMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
  const lines = text.trimEnd().split('\n');
  t.equal(lines.length, rows.length);
  lines.forEach((line, at) => {
    const expected = JSON.parse(JSON.stringify(rows[at])) as unknown;
    t.strictSame(JSON.parse(line), expected);
  });
});

t.test('rows keep to the schema', async (t) => {
  const writer = new ByteWriter();
  encodeSample(rowOf(1), writer);
  t.match(parseLine(writer.written.toString()), { type: 'sample' });
});

t.test('what a row shares with the one before is copied only while it is the same', async (t) => {
  const writer = new ByteWriter();
  const [one, two] = [rowOf(0), rowOf(0)];
  two.comm = 'other';
  two.weight_us = 5;
  encodeAll([one, two], writer);
  const [, line] = writer.written.toString().split('\n');
  t.match(JSON.parse(line!), { comm: 'other', weight_us: 5 });
});

t.test('what a row shares with one of a sample before is copied only while it is the same', async (t) => {
  const first = [rowOf(0), rowOf(1), rowOf(2), rowOf(4)];
  // Four samples in turn: each row tells that it is as it was, and every third one is changed by somebody afterwards.
  const samples = [first];
  for (let sample = 1; sample < 5; sample++) {
    const rows = samples.at(-1)!.map((before, at) => {
      const row = Object.assign(new SampleRow(), before, {
        timestamp: `2026-11-23T01:07:2${sample}.350568Z`,
        off_us: at,
      });
      SampleRow.share(row, before);
      if ((sample + at) % 3 === 0) row.comm = `changed in ${sample}`;
      return row;
    });
    samples.push(rows);
  }
  const rows = samples.flat();
  for (const each of [1, 3, rows.length]) {
    const writer = new ByteWriter();
    let text = '';
    for (let at = 0; at < rows.length; at += each) {
      writer.clear();
      encodeAll(rows.slice(at, at + each), writer);
      text += writer.written.toString();
    }
    const lines = text.trimEnd().split('\n');
    t.strictSame(
      lines.map((line) => JSON.parse(line) as unknown),
      rows.map((row) => JSON.parse(JSON.stringify(row)) as unknown),
    );
  }
});
