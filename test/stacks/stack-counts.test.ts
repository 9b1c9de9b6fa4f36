/** Which stack a sample has, over runs, repeated and late records. */
import t from 'tap';
import { StackTable } from '../../lib/stacks/stack-table.js';
import type { StackCounts } from '../../lib/stacks/stack-counts.js';
import { both, counted, hashOf, HEADER, KSTACK, sample, USTACK } from '../support/stacks.js';

const namesIn = (counts: StackCounts) =>
  [...counts.all()].map((one) => [
    ...counts.rootsOf(one).map(({ name }) => name),
    ...counts.framesOf(one).map(({ name }) => name),
    one.cpu,
    one.count,
    one.us,
  ]);
const USER = ['main+0x40', 'caller+0x8', 'inner', 'leaf+0x12'];
const KERNEL = ['do_syscall_64+0x55', 'vfs_read+0x9', 'schedule+0x1a'];

t.test('kernel frames are on top of user frames, root first; on- and off-CPU are counted apart', async (t) => {
  const records = [HEADER, USTACK, KSTACK, both(), both(), both({ state: 'RUNQ' }), both({ state: 'RUN' })];
  t.strictSame(namesIn(await counted(records)), [
    ['app', ...USER, ...KERNEL, 'off', 2, 100_000],
    ['app', ...USER, ...KERNEL, 'on', 2, 100_000],
  ]);
  t.strictSame(namesIn(await counted(records, { side: 'kernel', by: [] }))[0], [...KERNEL, 'off', 2, 100_000]);
  t.strictSame(namesIn(await counted(records, { side: 'user', by: ['state', 'syscall'] })), [
    ['SLEEP', '[no syscall]', ...USER, 'off', 2, 100_000],
    ['RUNQ', '[no syscall]', ...USER, 'on', 1, 50_000],
    ['RUN', '[no syscall]', ...USER, 'on', 1, 50_000],
  ]);
});

t.test('what is missing has a mark', async (t) => {
  const records = [HEADER, sample({ kstack_hash: hashOf(0), state: undefined }), sample({ kstack_hash: hashOf(9) })];
  t.strictSame(namesIn(await counted(records)), [
    ['app', '[no stack]', 'none', 1, 50_000],
    ['app', '[kstack 0000000000000009]', 'off', 1, 50_000],
  ]);
  t.strictSame(namesIn(await counted(records, { side: 'user' }))[0], ['app', '[no user stack]', 'none', 1, 50_000]);
  t.strictSame(namesIn(await counted(records, { side: 'kernel' }))[0], ['app', '[no kernel stack]', 'none', 1, 50_000]);
});

t.test(
  'a late record is taken, a repeated one changes nothing, and one that tells nothing leaves the hash',
  async (t) => {
    const counts = await counted([HEADER, both(), KSTACK, USTACK, both(), KSTACK, USTACK, both()]);
    t.strictSame(namesIn(counts), [['app', ...USER, ...KERNEL, 'off', 3, 150_000]]);
    const empty = await counted([HEADER, { ...KSTACK, syms: '', frames: [] }, sample({ kstack_hash: hashOf(2) })]);
    t.match(namesIn(empty), [['app', '[kstack 0000000000000002]']]);
  },
);

t.test('a header begins a new run, in which hashes name other stacks', async (t) => {
  const row = sample({ kstack_hash: hashOf(2) });
  const other = { ...KSTACK, syms: 'other+0x1' };
  const counts = await counted([HEADER, KSTACK, row, HEADER, row, HEADER, other, row, HEADER, KSTACK, row]);
  t.strictSame(namesIn(counts), [
    ['app', ...KERNEL, 'off', 2, 100_000],
    ['app', '[kstack 0000000000000002]', 'off', 1, 50_000],
    ['app', 'other+0x1', 'off', 1, 50_000],
  ]);
});

t.test('samples without a weight count, and are told', async (t) => {
  const counts = await counted([HEADER, sample({ weight_us: undefined }), sample({ weight_us: 'x' }), sample()]);
  t.strictSame([counts.samples, counts.weightless], [3, 2]);
  t.strictSame(namesIn(counts), [['app', '[no stack]', 'off', 3, 50_000]]);
});

t.test('what is kept does not grow with samples and runs', async (t) => {
  const rows = Array.from({ length: 500 }, (_, tid) => both({ tid }));
  const run = [HEADER, USTACK, KSTACK, ...rows];
  const counts = await counted([...run, ...run, ...run]);
  t.equal(counts.size, 1);
  t.equal(counts.samples, 1500);

  const table = new StackTable({ stripOffsets: true });
  table.learn('ustack', hashOf(1), USTACK);
  table.learn('ustack', hashOf(5), { ...USTACK, frames: USTACK.frames.slice(1) });
  const [whole, part] = [table.find('ustack', hashOf(1))!, table.find('ustack', hashOf(5))!];
  t.equal(whole.frames[1], part.frames[0], 'frames are shared');
});
