/** Names of users. */
import t from 'tap';
import { userNames } from '../../lib/lookup/users.js';

t.test('a name is looked up once, and a user without one goes by the number', async (t) => {
  const asked: number[] = [];
  const nameOf = userNames((uid) => {
    asked.push(uid);
    return uid === 0 ? 'root' : undefined;
  });
  t.strictSame([nameOf(0), nameOf(7), nameOf(0), nameOf(7)], ['root', '7', 'root', '7']);
  t.strictSame(asked, [0, 7]);
});

t.test('the cache is bounded', async (t) => {
  let asked = 0;
  const nameOf = userNames(() => {
    asked++;
    return 'x';
  });
  for (let uid = 0; uid < 10_000; uid++) nameOf(uid);
  nameOf(0);
  t.equal(asked, 10_001, 'what was looked up long ago has gone');
});
