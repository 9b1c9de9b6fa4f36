/** Which hierarchy of control groups is used, on hosts of each kind. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { hierarchyInUse } from '../../lib/lookup/cgroup-hierarchy.js';

interface Host {
  /** Numbers of the hierarchies that controllers are in; 0 is version 2. */
  memory: number;
  pids: number;
  version2?: 'empty' | 'used' | 'gone';
}

/** A /proc of such a host. */
function proc(t: Test, { memory, pids, version2 }: Host): string {
  const root = t.testdir({ self: {}, used: { group: {} }, empty: { 'cgroup.procs': '' } });
  writeFileSync(
    join(root, 'cgroups'),
    `#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t1\t1\nmemory\t${memory}\t5\t1\npids\t${pids}\t1\t1\n`,
  );
  const mount = version2 ? `31 22 0:26 / ${join(root, version2)} rw - cgroup2 cgroup2 rw\n` : '';
  writeFileSync(join(root, 'self/mountinfo'), `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n${mount}`);
  return root;
}

t.test('version 2 alone, used and unused', async (t) => {
  t.equal(hierarchyInUse(proc(t, { memory: 0, pids: 0, version2: 'used' })), 'v2');
  t.equal(hierarchyInUse(proc(t, { memory: 0, pids: 0, version2: 'empty' })), 'v2');
  t.equal(hierarchyInUse(proc(t, { memory: 0, pids: 0 })), 'v2', 'not mounted where we are');
});

t.test('hybrid: version 2 when it has groups', async (t) => {
  t.equal(hierarchyInUse(proc(t, { memory: 4, pids: 8, version2: 'used' })), 'v2');
  t.equal(hierarchyInUse(proc(t, { memory: 4, pids: 8, version2: 'gone' })), 'v2', 'or nobody can tell');
  t.equal(hierarchyInUse(proc(t, { memory: 4, pids: 8, version2: 'empty' })), 'memory');
});

t.test('version 1 alone: the first of memory, pids and cpu that there is', async (t) => {
  t.equal(hierarchyInUse(proc(t, { memory: 4, pids: 8 })), 'memory');
  t.equal(hierarchyInUse(proc(t, { memory: 0, pids: 8 })), 'pids');
});

t.test('this machine', async (t) => {
  t.match(hierarchyInUse(), /^(v2|memory|pids|cpu)$/);
});
