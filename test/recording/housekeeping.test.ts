/** Closed hours: Parquet by --compress, and what --retain removes. */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openDuckdb } from '../support/duckdb.js';
import { filesIn, folder, notesIn, recordInto, UTC } from '../support/recording.js';

const SAMPLES = 'xcapture_samples_2026-11-23';
const HOSTILE = ['-', 'a "b",\nc', '', '\u{1f980}', '0012'];

/** So many rows in an hour, a second apart. */
const hour = (number: number, rows = 5, more: object = {}) =>
  Array.from({ length: rows }, (_, second) => ({
    type: 'sample',
    timestamp: new Date(Date.UTC(2026, 10, 23, number, 0, second)).toISOString().replace('Z', '123Z'),
    tid: second,
    comm: HOSTILE[second % HOSTILE.length],
    sysc_arg1: second.toString(16),
    cgroup_id: 7,
    ...more,
  }));
const group = { type: 'cgroup', cgroup_id: 7, cgroup: '/a' };

const names = (directory: string) => readdirSync(directory).filter((name) => /^xcapture_[^m]/.test(name));

t.test('closed hours become Parquet with the same rows and typed columns; the current one stays', async (t) => {
  const { query } = await openDuckdb(t);
  const plain = folder(t);
  const directory = folder(t);
  const batches = [[group, ...hour(1)], hour(2), hour(3)];
  await recordInto(plain, batches);
  await recordInto(directory, batches, { ...UTC, compress: true });
  t.strictSame(names(directory), [
    'xcapture_cgroups_2026-11-23.01.parquet',
    'xcapture_cgroups_2026-11-23.02.parquet',
    'xcapture_cgroups_2026-11-23.03.csv',
    `${SAMPLES}.01.parquet`,
    `${SAMPLES}.02.parquet`,
    `${SAMPLES}.03.csv`,
  ]);
  t.equal(statSync(join(directory, `${SAMPLES}.01.parquet`)).mode & 0o777, 0o640);
  const csv = `read_csv('${plain}/${SAMPLES}.0[12].csv', types = {'SYSC_ARG1': 'VARCHAR'})`;
  const parquet = `'${directory}/${SAMPLES}.*.parquet'`;
  const columns = 'TIMESTAMP, TID, CGROUP_ID, SYSC_ARG1, WEIGHT_US';
  t.strictSame(await query(`select ${columns} from ${parquet}`), await query(`select ${columns} from ${csv}`));
  t.strictSame(
    (await query(`select COMM from ${parquet} where hour(TIMESTAMP) = 1`)).flat(),
    HOSTILE.map((comm) => (comm === '-' ? '\\-' : comm)),
  );
  t.strictSame(await query(`select distinct typeof(TIMESTAMP), typeof(TID), typeof(SYSC_ARG1) from ${parquet}`), [
    ['TIMESTAMP', 'BIGINT', 'VARCHAR'],
  ]);
  const notes = Object.entries(filesIn(directory)).flatMap(([name, text]) =>
    name.startsWith('meta') ? notesIn(text) : [],
  );
  t.equal(notes.filter(({ event }) => event === 'compressed').length, 4);
});

t.test('a conversion that was interrupted is done again, and one that was done is not', async (t) => {
  const { query } = await openDuckdb(t);
  const directory = folder(t);
  await recordInto(directory, [hour(1), hour(2)]);
  // Half of one, as a killed recorder leaves it; and a CSV whose Parquet is in its place already.
  writeFileSync(join(directory, `${SAMPLES}.01.parquet.new`), 'PAR1');
  copyFileSync(join(directory, `${SAMPLES}.01.csv`), join(directory, 'kept'));
  await recordInto(directory, [hour(3)], { ...UTC, compress: true });
  copyFileSync(join(directory, 'kept'), join(directory, `${SAMPLES}.01.csv`));
  const before = readFileSync(join(directory, `${SAMPLES}.01.parquet`));
  await recordInto(directory, [hour(3)], { ...UTC, compress: true });
  t.strictSame(names(directory), [`${SAMPLES}.01.parquet`, `${SAMPLES}.02.parquet`, `${SAMPLES}.03.csv`]);
  t.strictSame(readFileSync(join(directory, `${SAMPLES}.01.parquet`)), before);
  t.strictSame(await query(`select count(*) from '${directory}/${SAMPLES}.*.parquet'`), [['10']]);
});

t.test('an hour to which the clock goes back after its conversion loses nothing', async (t) => {
  const { query } = await openDuckdb(t);
  const directory = folder(t);
  await recordInto(directory, [[group, ...hour(1)], hour(2)], { ...UTC, compress: true });
  await recordInto(directory, [[group, ...hour(1, 3, { tid: 99 })], hour(2)], { ...UTC, compress: true });
  t.strictSame(await query(`select count(*), count(*) filter (TID = 99) from '${directory}/${SAMPLES}.01.parquet'`), [
    ['8', '3'],
  ]);
  t.strictSame(await query(`select * from '${directory}/xcapture_cgroups_2026-11-23.01.parquet'`), [['7', '/a']]);
  t.notOk(existsSync(join(directory, `${SAMPLES}.01.csv`)));
});

t.test('a file that cannot be converted stays, and is told once', async (t) => {
  const directory = folder(t);
  const messages: string[] = [];
  await recordInto(directory, [hour(1)]);
  writeFileSync(join(directory, `${SAMPLES}.00.csv`), '');
  const options = { ...UTC, compress: true, onMessage: (text: string) => void messages.push(text) };
  await recordInto(directory, [hour(2), hour(3), hour(4)], options);
  t.strictSame(messages, [`${SAMPLES}.00.csv stays as it is, it cannot be converted to Parquet: it is empty`]);
  t.ok(existsSync(join(directory, `${SAMPLES}.00.csv`)));
  t.ok(existsSync(join(directory, `${SAMPLES}.01.parquet`)));
});

t.test('--retain removes whole hours beyond an age', async (t) => {
  const directory = folder(t);
  await recordInto(directory, [hour(1), hour(2), hour(4), hour(5)], { ...UTC, retain: { ageMs: 2 * 3_600_000 } });
  t.strictSame(names(directory), [`${SAMPLES}.04.csv`, `${SAMPLES}.05.csv`]);
  t.match(
    notesIn(filesIn(directory)['meta_2026-11-23.05.ndjson']).filter(({ event }) => event === 'removed'),
    [{ hour: '2026-11-23.02' }],
  );
});

t.test('--retain removes the oldest hours beyond a size, and never the current one', async (t) => {
  const directory = folder(t);
  await recordInto(directory, [hour(1, 100), hour(2, 100), hour(3, 100)]);
  const size = statSync(join(directory, `${SAMPLES}.03.csv`)).size;
  await recordInto(directory, [hour(4, 100)], { ...UTC, retain: { bytes: 2.5 * size } });
  t.strictSame(names(directory), [`${SAMPLES}.03.csv`, `${SAMPLES}.04.csv`]);
  await recordInto(directory, [hour(4, 100)], { ...UTC, retain: { bytes: 1 } });
  t.strictSame(names(directory), [`${SAMPLES}.04.csv`]);
});
