/** Who a task is: its ids in its namespace, its user, its CPU, its control group. */
import { readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import t from 'tap';
import { cgroupMount, joinGroup, makeGroup } from '../support/cgroup.js';
import { sorted } from '../support/numbers.js';
import { descendantsOf, linkOf, statusField, threadsOf } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
const users = readFileSync('/etc/passwd', 'utf8')
  .split('\n')
  .map((line) => line.split(':'));
/** Ids of a task, outermost namespace first. */
const idsOf = (tid: number, name: 'NSpid' | 'NStgid') => statusField(tid, name)!.split('\t').map(Number);
const mount = cgroupMount();
const noCgroups = skip || (mount ? false : 'no control groups of version 2 are mounted');
const CONTAINER = '0123456789abcdef'.repeat(4);
const uids = new Set(users.map(([, , uid]) => Number(uid)));

t.test('a task shows its effective user by name, and by number when it has no name', { skip }, async (t) => {
  const [name, , uid] = users.find(([, , one]) => Number(one) > 0)!;
  let nameless = 54_321;
  while (uids.has(nameless)) nameless++;
  const named = await startWorkload(t, 'sleeper', ['user', uid!]);
  const numbered = await startWorkload(t, 'sleeper', ['user', nameless]);
  const { rows } = await record(t, ['-a', '-p', `${named.pid},${numbered.pid}`, '-i', 1]);
  t.match(
    rows.find(({ tid }) => tid === named.pid),
    { uid: Number(uid), username: name },
  );
  t.match(
    rows.find(({ tid }) => tid === numbered.pid),
    { uid: nameless, username: String(nameless) },
  );
});

t.test('a pinned task shows its CPU', { skip }, async (t) => {
  const pids = new Map<number, number>();
  for (let cpu = 0; cpu < os.cpus().length; cpu++) {
    pids.set((await startWorkload(t, 'sleeper', ['cpu', cpu])).pid, cpu);
  }
  const { rows } = await record(t, ['-a', '-p', [...pids.keys()].join(','), '-i', 2, '-F', 20]);
  t.equal(rows.length, 2 * pids.size);
  for (const { tid, cpu } of rows) t.equal(cpu, pids.get(tid!));
});

t.test(
  'a thread in nested PID namespaces shows its ids in the innermost and in the initial one',
  { skip },
  async (t) => {
    const { pid } = await startWorkload(t, 'pid-namespace', [2]);
    const pids = [pid, ...descendantsOf(pid)];
    t.equal(pids.length, 4, 'one outside, one in the first namespace, two in the second');

    const { rows } = await record(t, ['-a', '-p', pids.join(','), '-i', 1]);
    t.strictSame(
      rows.map(({ tid, tgid, nstid, nstgid, pidns }) => ({ tid, tgid, nstid, nstgid, pidns })),
      pids
        .flatMap((tgid) => threadsOf(tgid).map((tid) => ({ tgid, tid })))
        .toSorted((a, b) => a.tid - b.tid)
        .map(({ tgid, tid }) => ({
          tid,
          tgid,
          nstid: idsOf(tid, 'NSpid').at(-1),
          nstgid: idsOf(tid, 'NStgid').at(-1),
          pidns: Number(/\d+/.exec(linkOf(tid, 'ns/pid')!)![0]),
        })),
    );
    t.equal(new Set(rows.map(({ pidns }) => pidns)).size, 3);
    const depths = rows.map(({ tid }) => idsOf(tid!, 'NSpid').length);
    t.strictSame(sorted(depths), [1, 2, 2, 3, 3, 3], 'as many ids as namespaces, so the witness is a good one');
  },
);

t.test(
  'a task shows its control group, and the container that this or one above belongs to',
  { skip: noCgroups },
  async (t) => {
    const plain = makeGroup(t, mount!, `xcapture-test-${process.pid}`);
    const container = makeGroup(t, plain, `docker-${CONTAINER}.scope`);
    const inner = makeGroup(t, container, 'init.scope');
    const expected = [];
    for (const [group, id] of [
      [mount!, undefined],
      [plain, undefined],
      [container, CONTAINER],
      [inner, CONTAINER],
    ] as const) {
      const { pid } = await startWorkload(t, 'sleeper');
      joinGroup(group, pid);
      expected.push({ tid: pid, cgroup_id: statSync(group).ino, container_id: id });
    }
    const pids = expected.map(({ tid }) => tid).join(',');
    const { samples } = await record(t, ['-a', '-p', pids, '-i', 2, '-F', 20]);
    t.equal(samples.length, 2);
    for (const rows of samples) {
      t.strictSame(
        rows.map(({ tid, cgroup_id, container_id }) => ({ tid, cgroup_id, container_id })),
        expected.toSorted((a, b) => a.tid - b.tid),
      );
    }
  },
);
