/** Paths as BPF stores them. */
import t from 'tap';
import { joinPathNames } from '../../lib/format/path-names.js';

t.test('names that come leaf first make a path', async (t) => {
  const path = (text: string, flags = 0) => joinPathNames(Buffer.from(text, 'latin1'), flags);
  t.equal(path('x\0bin\0usr\0'), '/usr/bin/x');
  t.equal(path(''), '/');
  t.equal(path('x\0bin\0', 1), '/bin/x (deleted)');
  t.equal(path('x\0bin\0', 2), '…/bin/x');
  t.equal(path('x\0bin\0', 3), '…/bin/x (deleted)');
  t.equal(path('a\xffb\0'), '/a\ufffdb', 'invalid UTF-8');
  t.equal(path('x\0bi'), '/bi/x', 'a name without its end');
});
