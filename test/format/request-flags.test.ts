import t from 'tap';
import { requestFlags } from '../../lib/format/request-flags.js';

const at = (names: Record<string, number>) => {
  const list: (string | undefined)[] = [];
  for (const [name, index] of Object.entries(names)) list[index] = name;
  return list;
};
const name = requestFlags({
  operations: at({ READ: 0, WRITE: 1, FLUSH: 2, DISCARD: 3 }),
  flags: at({ SYNC: 11, META: 12, FUA: 17, PREFLUSH: 18, RAHEAD: 19, CGROUP_PUNT: 20 }),
});

t.test('operation and flags are named', async (t) => {
  t.equal(name(0, 4096), 'READ');
  t.equal(name(1 | (1 << 11) | (1 << 17), 4096), 'WRITE|SYNC|FUA');
  t.equal(name(2, 0), 'FLUSH');
  t.equal(name(1 << 19, 4096), 'READ|READAHEAD');
});

t.test('a number without a name is shown as it is', async (t) => {
  t.equal(name(99 | (1 << 30), 0), 'op_99|bit_30');
});

t.test('how the kernel manages a request is left out', async (t) => {
  t.equal(name(1 << 20, 4096), 'READ');
});

t.test('a write of nothing that asks for a flush is one; a write with a flush before it stays a write', async (t) => {
  t.equal(name(1 | (1 << 11) | (1 << 18), 0), 'FLUSH|SYNC');
  t.equal(name(1 | (1 << 11) | (1 << 18), 4096), 'WRITE|SYNC|PREFLUSH');
  t.equal(name(1 | (1 << 11), 0), 'WRITE|SYNC');
});
