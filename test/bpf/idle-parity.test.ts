/** The idle rules: the kernel's verdict, and what a Transform makes of a recording. */
import t, { type Test } from 'tap';
import { idleReason, isIdle } from '../../lib/rules/idle.js';
import type { SampleRecord } from '../../lib/index.js';
import { waitForState } from '../support/asleep.js';
import { fuseSkipReason, makeStalledFile } from '../support/fuse.js';
import { sorted } from '../support/numbers.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, samplesOf } from '../support/xcapture.js';

const skip = bpfSkipReason();
const REASONS = [
  'active',
  'kthread',
  'sleep',
  'stopped',
  'traced',
  'zombie',
  'aio',
  'uring',
  'client',
  'listen',
  'daemon_port',
];

/** Something for every rule. Returns the ids of the tasks. */
async function startAll(t: Test): Promise<number[]> {
  const { ready } = await startWorkload(t, 'states');
  await waitForState(ready['leaderless']!, 'Z');
  const others = [
    await startWorkload(t, 'blocked'),
    await startWorkload(t, 'waits', [
      'poll client',
      'pselect6 listener',
      'epoll_pwait server=80',
      'ppoll unix',
      'ppoll eventfd*1500',
    ]),
    await startWorkload(t, 'aio', ['poll', 'poll*2 early=1', '']),
    await startWorkload(t, 'uring-waits', ['read!', 'recv', 'accept-many', 'recv-unix', 'recv read', 'silent', '']),
  ];
  if (!fuseSkipReason()) {
    const { path, start } = await makeStalledFile(t);
    others.push(await start('aio', [`read=${path}*2`]), await start('uring-waits', [`file=${path}`]));
  }
  const told = [ready, ...others.map((one) => one.ready)].flatMap((one) => Object.entries(one));
  // With an underscore it is something else about a process.
  return told.filter(([name]) => !name.includes('_')).map(([, value]) => value);
}

t.test('the kernel and the Transform judge every row of a sample alike', { skip }, async (t) => {
  const known = new Set(await startAll(t));
  await startWorkload(t, 'burner', [0, 1]);
  const { rows, stdout } = await record(t, ['-a', '-F', 100, '-i', 20]);
  const live = await record(t, ['-F', 100, '-i', 20]);

  const judged = rows.map((row) => ({ row, rule: idleReason({ ...row, reason: undefined }) }));
  // What a row does not show enough for, the recorded verdict tells.
  t.strictSame(
    judged.filter(({ row, rule }) => rule !== undefined && rule !== row.reason),
    [],
  );
  const reasons = new Set(rows.map(({ reason }) => reason));
  for (const one of REASONS) t.ok(reasons.has(one), one);

  const kept = (await record(t, ['--replay', '-'], { input: stdout })).rows;
  const active = rows.filter(({ reason }) => !isIdle(reason));
  t.strictSame(samplesOf(kept), samplesOf(active), 'a replay shows what the kernel would have shown');
  const tidsOf = (some: readonly SampleRecord[]) =>
    sorted([...new Set(some.map(({ tid }) => tid!))].filter((tid) => known.has(tid)));
  t.ok(tidsOf(live.rows).length > 5, `${tidsOf(live.rows).length} tasks`);
  t.strictSame(tidsOf(kept), tidsOf(live.rows), 'and so does the default view');
  t.strictSame(
    live.rows.filter((row) => isIdle(row.reason) || isIdle(idleReason({ ...row, reason: undefined }))),
    [],
    'in which there are only rows that no rule leaves out',
  );
});
