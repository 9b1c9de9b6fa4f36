/** Frames as text. */
import t from 'tap';
import { frameText, symbolsOf } from '../../lib/schema/frames.js';

t.test('a frame is its function, or where it is in its file, or its address', async (t) => {
  t.equal(frameText({ addr: '401234', name: 'main', offset: 18, module: '/bin/x' }), 'main+0x12');
  t.equal(frameText({ addr: '401234', name: 'main' }), 'main');
  t.equal(frameText({ addr: '401234', name: 'inner', inlined: true }), 'inner[inlined]');
  t.equal(frameText({ addr: '7f0012345678', module: '/usr/lib/libc.so.6', offset: 0x5678 }), 'libc.so.6+0x5678');
  t.equal(frameText({ addr: '7f0012345678' }), '0x7f0012345678');
});

t.test('no name can forge a frame or end a line', async (t) => {
  t.equal(frameText({ addr: '1', name: 'a;b\r\nc<[u8; 4]>', offset: 0 }), 'a:b  c<[u8: 4]>+0x0');
  t.equal(frameText({ addr: '1', module: '/tmp/x;y', offset: 1 }), 'x:y+0x1');
});

t.test('frames of which nothing is known have no text', async (t) => {
  t.equal(symbolsOf([{ addr: '1' }, { addr: '2' }]), undefined);
  t.equal(symbolsOf([{ addr: '1' }, { addr: '2', name: 'main', offset: 0 }]), '0x1;main+0x0');
});
