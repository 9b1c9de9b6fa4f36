/** The stacks under the table. */
import t from 'tap';
import { TableStacks } from '../../lib/table/stacks.js';

const frames = [{ addr: '1', name: 'read', offset: 16 }, { addr: '2' }];

t.test('each stack of the sample is printed once, with how many tasks have it', async (t) => {
  const stacks = new TableStacks();
  stacks.learn({ type: 'kstack', hash: 'aa', frames });
  stacks.learn({ type: 'ustack', hash: 'bb', syms: 'a+0x1;b\x1b[31m+0x2', frames: [] });
  stacks.add({ type: 'sample', kstack_hash: 'aa', ustack_hash: 'bb' });
  stacks.add({ type: 'sample', kstack_hash: 'aa' });
  t.strictSame(
    [...stacks.take()],
    ['', 'kstack aa, 2 tasks', '    read+0x10', '    0x2', '', 'ustack bb, 1 task', '    a+0x1', '    b\\x1b[31m+0x2'],
  );
  t.strictSame([...stacks.take()], [], 'the next sample has none');
  stacks.add({ type: 'sample', kstack_hash: 'aa', ustack_hash: 'cc' });
  t.strictSame(
    [...stacks.take()],
    ['', 'kstack aa, 1 task', '    read+0x10', '    0x2', '', 'ustack cc, 1 task', '    its frames were not told'],
  );
});
