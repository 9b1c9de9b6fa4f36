/** Files as /proc/PID/fd names them. test/bpf/filename compares with the kernel. */
import t from 'tap';
import { fileName } from '../../lib/format/file-name.js';

t.test('a file without a path is told by what it is', async (t) => {
  const none = Buffer.alloc(0);
  t.equal(fileName(0x50495045, 7, none, 0), 'pipe:[7]');
  t.equal(fileName(0x534f434b, 2 ** 40, none, 0), 'socket:[1099511627776]');
  t.equal(fileName(0x09041934, 1, Buffer.from('[eventfd]\0'), 1), 'anon_inode:[eventfd]');
  t.equal(fileName(0x50494446, 1, none, 0), 'anon_inode:[pidfd]');
  t.equal(fileName(0xef53, 1, Buffer.from('b\0a\0'), 1), '/a/b (deleted)');
});
