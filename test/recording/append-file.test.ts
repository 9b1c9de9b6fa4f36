/** A file that ends at a row's end, whatever has happened to it. */
import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AppendFile } from '../../lib/recording/append-file.js';
import { folder } from '../support/recording.js';

const HEADER = 'A,B';
const row = Buffer.from('1,"x\ny"\n');

/** Opens what is there, appends a row, and says what was cut off and what the file is now. */
function opened(path: string): { torn: string; header: string; text: string } {
  let torn = '';
  const file = new AppendFile(path, { header: HEADER, onTorn: (_path, tail) => (torn += tail.toString()) });
  file.append(row, 1);
  file.close();
  return { torn, header: file.header, text: readFileSync(path, 'utf8') };
}

t.test('a new file has a header with its first row, and an old one goes on', async (t) => {
  const path = join(folder(t), 'x.csv');
  t.strictSame(opened(path), { torn: '', header: HEADER, text: `A,B\n${row.toString()}` });
  t.strictSame(opened(path), { torn: '', header: HEADER, text: `A,B\n${row.toString().repeat(2)}` });
});

t.test('a torn end is cut off, wherever it was torn', async (t) => {
  const path = join(folder(t), 'x.csv');
  const whole = 'A,B\n1,"a ""b""\nc"\n';
  for (const torn of ['2', '2,', '2,"', '2,"a\n', '2,"a""', '2,"a"', '2,"a\n""b""\n', '\0\0\0']) {
    writeFileSync(path, whole + torn);
    t.strictSame(opened(path), { torn, header: HEADER, text: whole + row.toString() }, JSON.stringify(torn));
  }
  for (const torn of ['A', 'A,B']) {
    writeFileSync(path, torn);
    t.strictSame(opened(path), { torn, header: HEADER, text: `A,B\n${row.toString()}` });
  }
});

t.test('a file keeps its own header, and lines of NDJSON have none and no quotes', async (t) => {
  const path = join(folder(t), 'x.csv');
  writeFileSync(path, 'A\n1\n');
  t.equal(opened(path).header, 'A');
  const meta = join(folder(t), 'x.ndjson');
  writeFileSync(meta, '{"a":"\\""}\n{"b"');
  const file = new AppendFile(meta);
  file.append(Buffer.from('{}\n'), 1);
  t.equal(file.rows, 2);
  file.close();
  t.equal(readFileSync(meta, 'utf8'), '{"a":"\\""}\n{}\n');
});

t.test('a file that was removed, replaced, cut or written by others is told', async (t) => {
  const path = join(folder(t), 'x.csv');
  const disturbances: [string, () => void][] = [
    ['removed', () => unlinkSync(path)],
    ['renamed', () => renameSync(path, `${path}.old`)],
    ['cut', () => truncateSync(path, 4)],
    ['written', () => appendFileSync(path, '2,3\n')],
  ];
  for (const [name, disturb] of disturbances) {
    if (existsSync(path)) unlinkSync(path);
    const file = new AppendFile(path, { header: HEADER });
    t.notOk(file.isStale);
    file.append(row, 1);
    t.notOk(file.isStale);
    disturb();
    t.ok(file.isStale, name);
    file.close();
  }
});
