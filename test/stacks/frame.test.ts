/** What frames are called, whatever their record tells. */
import t from 'tap';
import { framesOf, type StackRecord } from '../../lib/stacks/frame.js';

const names = (record: StackRecord, strips = false) => framesOf(record, 'user', strips).map(({ name }) => name);

t.test('a frame without a symbol is its module and offset, or else its address', async (t) => {
  const frames = [
    { addr: 'a1', name: 'leaf', offset: 18, module: '/bin/x' },
    { addr: 'a2', module: '/usr/lib/libc.so.6', offset: 4660 },
    { addr: 'a3', module: '/usr/lib/libc.so.6' },
    { addr: 'a4' },
    {},
  ];
  t.strictSame(names({ frames }), ['leaf+0x12', 'libc.so.6+0x1234', '0xa3', '0xa4', '[unknown]']);
  t.strictSame(names({ frames }, true), ['leaf', 'libc.so.6', '0xa3', '0xa4', '[unknown]']);
  t.strictSame(names({ frames: [{ addr: 'a4' }], syms: '' }), ['0xa4']);
});

t.test('names of the text are taken where frames have none, and get the addresses', async (t) => {
  const record = { syms: 'a+0x1;b[inlined];c+0x20', frames: [{ addr: '1' }, { addr: '2' }, { addr: '2' }] };
  t.strictSame(
    framesOf(record, 'kernel', true).map(({ name, isInlined, addr }) => [name, isInlined, addr]),
    [
      ['a', false, '1'],
      ['b', true, '2'],
      ['c', false, '2'],
    ],
  );
  t.strictSame(
    framesOf({ ...record, frames: [{ addr: '1' }] }, 'kernel', false).map(({ name, addr }) => [name, addr]),
    [
      ['a+0x1', undefined],
      ['b', undefined],
      ['c+0x20', undefined],
    ],
  );
});

t.test('a record that tells nothing, or nonsense, has no frames or unknown ones', async (t) => {
  for (const record of [{}, { syms: '' }, { syms: 5, frames: 'x' }, { frames: [null, 3] }]) {
    t.strictSame(names(record), []);
  }
  t.strictSame(names({ frames: [{ name: 5, addr: {}, offset: -1, line: 'x', module: 'm' }] }), ['[unknown]']);
});
