/** States, and the verdicts that follow from them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { SampleRecord } from '../../lib/index.js';
import { waitForState } from '../support/asleep.js';
import { cgroupMount, joinGroup, makeGroup } from '../support/cgroup.js';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();

t.test('a task shows the state that its parent has brought it into', { skip }, async (t) => {
  const { ready } = await startWorkload(t, 'states');
  const { stopped, traced, trapped, zombie, disk, leaderless, sleeping } = ready;
  await waitForState(disk!, 'D');
  await waitForState(leaderless!, 'Z');
  const expected = [
    { tid: stopped, state: 'STOPPED', reason: 'stopped' },
    { tid: traced, state: 'TRACED', reason: 'traced' },
    { tid: trapped, state: 'TRACED', reason: 'traced' },
    { tid: zombie, state: 'ZOMBIE', reason: 'zombie' },
    { tid: leaderless, state: 'ZOMBIE', reason: 'zombie' },
    { tid: disk, state: 'DISK', reason: 'active', syscall: 'vfork' },
    { tid: sleeping, state: 'SLEEP', reason: 'sleep' },
  ];
  const pids = expected.map(({ tid }) => tid).join(',');

  const all = await record(t, ['-a', '-p', pids, '-i', 1]);
  for (const row of expected)
    t.match(
      all.rows.find(({ tid }) => tid === row.tid),
      row,
      row.state,
    );
  const others = all.rows.filter(({ tid, tgid }) => tgid === leaderless && tid !== leaderless);
  t.match(others, [{ state: 'SLEEP', exe: /\/states$/ }], 'the thread that outlived its leader');

  const active = await record(t, ['-p', pids, '-i', 1]);
  t.match(active.rows, [{ tid: disk, state: 'DISK' }], 'only the uninterruptible one is active');
});

t.test('kernel threads are shown as such, idle and in no system call', { skip }, async (t) => {
  const { rows } = await record(t, ['-a', '-i', 1]);
  const kernel = rows.filter(({ exe }) => exe === '[kernel]');
  const waiting = kernel.filter(({ state }) => state === 'SLEEP' || state === 'IDLE');
  t.match(
    rows.find(({ tid }) => tid === 2),
    { comm: 'kthreadd', exe: '[kernel]', state: 'SLEEP', username: 'root' },
  );
  t.ok(new Set(waiting.map(({ state }) => state)).size === 2, 'both kinds of waiting');
  t.strictSame([...new Set(waiting.map(({ reason }) => reason))], ['kthread']);
  t.ok(kernel.every(({ syscall, sysc_arg1 }) => syscall === undefined && sysc_arg1 === undefined));
});

t.test('a worker of io_uring shows no system call, and its process the call in which it waits', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'uring');
  await waitForState(pid, 'S');
  const { rows } = await record(t, ['-a', '-p', pid, '-i', 1]);
  const [waiter, ...workers] = rows as [SampleRecord, ...SampleRecord[]];
  t.match(waiter, { tid: pid, syscall: 'io_uring_enter', state: 'SLEEP' });
  t.ok(workers.length >= 1);
  for (const worker of workers) {
    t.match(worker.comm, /^iou-wrk/);
    t.equal(worker.exe, waiter.exe, 'it belongs to the process');
    t.equal(worker.syscall, undefined);
  }
});

const FREEZERS = [
  { version: 2, mount: cgroupMount(), freeze: ['cgroup.freeze', '1'], isFrozen: ['cgroup.events', 'frozen 1'] },
  {
    version: 1,
    mount: cgroupMount('freezer'),
    freeze: ['freezer.state', 'FROZEN'],
    isFrozen: ['freezer.state', 'FROZEN'],
  },
] as const;

for (const { version, mount, freeze, isFrozen } of FREEZERS) {
  const noFreezer = skip || (mount ? false : `no freezer of version ${version} is mounted`);
  t.test(
    `a task that the version ${version} freezer holds is FROZEN, also one that computed`,
    { skip: noFreezer },
    async (t) => {
      const sleeper = await startWorkload(t, 'sleeper');
      const burner = await startWorkload(t, 'burner', [0]);
      const group = makeGroup(t, mount!, `xcapture-test-${process.pid}`);
      const burning = burner.ready['burner1']!;
      await waitForState(sleeper.pid, 'S');
      joinGroup(group, sleeper.pid);
      joinGroup(group, burning);
      const pids = [sleeper.pid, burning];
      const statesOf = async () => {
        const { rows } = await record(t, ['-a', '-p', pids.join(','), '-i', 1]);
        return pids.map((pid) => rows.find(({ tid }) => tid === pid)!).map(({ state, reason }) => `${state} ${reason}`);
      };

      t.match(await statesOf(), ['SLEEP sleep', /^RUNQ? active$/], 'before');
      writeFileSync(join(group, freeze[0]), freeze[1]);
      await until('the group to be frozen', () => readFileSync(join(group, isFrozen[0]), 'utf8').includes(isFrozen[1]));
      t.strictSame(await statesOf(), ['FROZEN frozen', 'FROZEN frozen']);
    },
  );
}
