/** Paths of control groups (`-C`), in whichever hierarchy this machine uses. */
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { StreamRecord } from '../../lib/index.js';
import { cgroupMount, joinGroup, makeGroup } from '../support/cgroup.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, runXcapture } from '../support/xcapture.js';

const noBpf = bpfSkipReason();
const version2 = cgroupMount();
const controller = ['memory', 'pids', 'cpu'].find((name) => cgroupMount(name));
const CASES = [
  { name: 'version 2', mount: version2, line: /^0::(.*)$/m, wrapper: [] },
  {
    name: 'version 1 only',
    mount: controller && cgroupMount(controller),
    line: new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm'),
    // As on a host without a version 2 hierarchy, which then is mounted nowhere.
    wrapper: version2 ? ['unshare', '-m', 'sh', '-c', `umount -l ${version2} && exec "$@"`, 'sh'] : [],
  },
];
// The kernel allows no newline in a name.
const NAMES = ['a b "c",é', 'inner'];

const groupsIn = (records: readonly StreamRecord[]) => records.filter(({ type }) => type === 'cgroup');

async function inGroups(t: Test, mount: string): Promise<{ pid: number; path: string }[]> {
  const outer = makeGroup(t, mount, `xcapture-${process.pid} ${NAMES[0]}`);
  const inner = makeGroup(t, outer, NAMES[1]!);
  const paths = [outer, inner];
  const workloads = await Promise.all(paths.map(async () => startWorkload(t, 'sleeper')));
  return workloads.map(({ pid }, index) => {
    joinGroup(paths[index]!, pid);
    return { pid, path: paths[index]! };
  });
}

for (const { name, mount, line, wrapper } of CASES) {
  const skip = noBpf || (!mount && `${name}: not mounted here`);
  t.test(`${name}: a group's path is told once, before the first row, as /proc has it`, { skip }, async (t) => {
    const members = await inGroups(t, mount!);
    const pids = members.map(({ pid }) => pid).join(',');
    const options = ['-a', '-C', '-F', 20, '-i', 3, '-p', pids, '-G', 'cgroup'];
    const { records, rows, header } = await record(t, options, { wrapper });
    t.equal(header.features['hierarchy'], name === 'version 2' ? 'v2' : controller);
    t.equal(rows.length, 3 * members.length);
    for (const { pid } of members) {
      const [, path] = line.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))!;
      const row = rows.find(({ tid }) => tid === pid)!;
      t.equal(row.cgroup, path);
      const told = groupsIn(records).filter((one) => (one as typeof row).cgroup_id === row.cgroup_id);
      t.match(told, [{ cgroup: row.cgroup }]);
      t.equal(told.length, 1);
      t.ok(records.indexOf(told[0]!) < records.indexOf(row));
    }
  });
}

t.test('the table has the path as a column, live and on replay', { skip: noBpf }, async (t) => {
  const { stdout } = await record(t, ['-a', '-C', '-i', 1]);
  const table = await runXcapture(t, ['--replay', '-', '-a', '-C', '-n'], { input: stdout });
  t.match(table.stdout.toString(), /FILENAME +CGROUP\n/);
  t.match(table.stdout.toString(), /kthreadd .* \/\n/);
  t.match((await runXcapture(t, ['-a', '-C', '-n', '-i', 1])).stdout.toString(), /kthreadd .* \/\n/);
});

const mount = version2 ?? (controller && cgroupMount(controller));
t.test(
  'a group that has gone still has its path, as long as one of its dead is there',
  { skip: noBpf || (!mount && 'no control groups') },
  async (t) => {
    const group = join(mount!, `xcapture-gone-${process.pid}`);
    mkdirSync(group);
    // A hierarchy without groups may not be looked at.
    makeGroup(t, mount!, `xcapture-stays-${process.pid}`);
    const wrapper = ['sh', '-c', `echo $$ > '${group}/cgroup.procs' && exec "$@"`, 'sh'];
    const { ready } = await startWorkload(t, 'states', [], { wrapper });
    const pids = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    for (const pid of pids) if (pid !== ready['zombie']) joinGroup(mount!, pid);
    rmdirSync(group);
    const { rows } = await record(t, ['-a', '-C', '-i', 1, '-G', 'cgroup']);
    const { state, cgroup } = rows.find(({ tid }) => tid === ready['zombie'])!;
    t.strictSame({ state, cgroup }, { state: 'ZOMBIE', cgroup: `/xcapture-gone-${process.pid}` });
  },
);
