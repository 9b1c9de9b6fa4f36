/** What the README and its recipes show works as it is printed. */
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { hasTaskWork } from './support/kernel-release.js';
import { openDuckdb } from './support/duckdb.js';
import { folder, recordInto, UTC } from './support/recording.js';
import { bpfSkipReason } from './support/rights.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const RECIPES = ['tracking', 'recording', 'queries', 'stacks'].map((name) => `docs/${name}.md`);
const readme = ['README.md', ...RECIPES].map((path) => readFileSync(join(root, path), 'utf8')).join('\n');

const skip = bpfSkipReason();

t.test('every library example of the README runs', { skip }, async (t) => {
  const examples = [...readme.matchAll(/<!-- example: begin[^>]*-->\s*```js\n(.*?)```/gs)].map(([, code]) => code!);
  t.ok(examples.length >= 2);
  for (const code of examples) {
    // From standard input of a process that stands in the package, which may import itself by its name.
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: root });
    t.equal(stderr, '');
    t.not(stdout, '');
  }
});

t.test('every shell example of the README runs', { skip }, async (t) => {
  const place = t.testdir({});
  for (const name of ['xcapture', 'xcapture-csv', 'xcapture-stacks'])
    symlinkSync(join(root, `dist/bin/${name}.js`), join(place, name));
  writeFileSync(join(place, 'sudo'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(place, 'sudo'), 0o755);
  const examples = [...readme.matchAll(/^ {4}((?:sudo )?(?:xcapture|xcapture-csv|xcapture-stacks|jq) .*)$/gm)].map(
    ([, line]) => line!,
  );
  t.ok(examples.length >= 8);
  for (const example of examples.filter((line) => hasTaskWork || !line.includes('--track-light'))) {
    // A reader has a process of his own to look at, and more time.
    const line = example
      .replace('-p 4242', `-p ${process.pid}`)
      .replace(/-i (5|10|60|100|200)\b/, '-i 2 -F 5')
      .replaceAll('/var/lib/xcapture', 'recording')
      .replace(/ --retain/, ' -i 2 -F 5$&');
    const env = { ...process.env, PATH: `${place}:${process.env['PATH']}` };
    const options = { cwd: place, env };
    // 3: the kernel has not told of the end of a block request.
    const { stderr } = await run('bash', ['-o', 'pipefail', '-c', `unset NODE_OPTIONS; ${line}`], options).catch(
      (error: { code: number; stderr: string }) => {
        if (error.code !== 3 || !/-T |iorq/.test(line)) throw error;
        return error;
      },
    );
    t.notMatch(stderr, /^xcapture(-csv)?:/m, line);
  }
});

/** Two hours, a sample a second: a thread that reads from the disk all the time, and one that is idle. */
function* twoHours(): Generator<object[]> {
  yield [{ type: 'cgroup', cgroup_id: 7, cgroup: '/system.slice/a.service' }];
  for (let second = 0; second < 7200; second++) {
    const timestamp = new Date(Date.UTC(2026, 10, 23, 1, 0, second)).toISOString().replace('Z', '000Z');
    const row = { type: 'sample', timestamp, weight_us: 1_000_000, cgroup_id: 7 };
    yield [
      {
        ...row,
        tid: 1,
        state: 'DISK',
        reason: 'active',
        syscall: 'pread64',
        ...(second >= 3600 && { sysc_seq_num: second }),
      },
      { ...row, tid: 2, state: 'SLEEP', reason: 'sleep', syscall: 'futex' },
    ];
    // A tenth of the period, so that each stands for ten that were not sampled.
    if (second >= 3600 && second % 10 === 0)
      yield [
        {
          type: 'syscend',
          timestamp,
          tid: 1,
          tgid: 1,
          syscall_name: 'pread64',
          duration_ns: 100_000_000,
          sysc_ret_val: 1,
          sysc_seq_num: second,
          sysc_enter_time: timestamp,
        },
      ];
  }
}

t.test('every query of the README works as printed, over hours of CSV and of Parquet', async (t) => {
  const queries = [...readme.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!);
  const isView = (sql: string) => sql.startsWith('create');
  const [overCsv, overBoth] = queries.filter(isView);
  const [top, minutes, groups, calls] = queries.filter((sql) => !isView(sql));
  for (const [view, compress] of [
    [overCsv!, false],
    [overBoth!, true],
  ] as const) {
    const directory = folder(t);
    await recordInto(directory, twoHours(), { ...UTC, compress });
    const { query } = await openDuckdb(t);
    const ask = (sql: string) => query(sql.replaceAll('/var/lib/xcapture', directory));
    await ask(view);
    t.strictSame(await ask('select count(*), count(SYSC_SEQ_NUM), typeof(any_value(SYSC_SEQ_NUM)) from samples'), [
      ['14400', '3600', 'BIGINT'],
    ]);
    t.strictSame(await ask(top!), [['DISK', 'pread64', 7200, '1']]);
    const rows = await ask(minutes!);
    t.equal(rows.length, 120);
    t.strictSame(new Set(rows.map(([, active]) => active)), new Set([1]));
    t.strictSame(rows[0], ['2026-11-23 01:00:00', 1]);
    t.strictSame(await ask(groups!), [['/system.slice/a.service', 14_400]]);
    if (!compress) t.strictSame(await ask(calls!), [['pread64', '-', '360', '3600', 100_000, 100_000]]);
  }
});
