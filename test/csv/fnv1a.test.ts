/** FNV-1a beside the values that its authors publish. */
import t from 'tap';
import { fnv1a64 } from '../../lib/csv/fnv1a.js';
import { HourHash } from '../../lib/csv/hour-hash.js';

t.test('known values', async (t) => {
  t.equal(fnv1a64(''), 0xcbf29ce484222325n);
  t.equal(fnv1a64('a'), 0xaf63dc4c8601ec8cn);
  t.equal(fnv1a64('foobar'), 0x85944171f73967e8n);
});

t.test('a hash belongs to its hour, and comes back', async (t) => {
  const hour = new HourHash('2026-11-23.01');
  const other = new HourHash('2026-11-23.02');
  const hash = '00000000000000ff';
  t.equal(hour.rekey(hash), (0xffn ^ fnv1a64('2026-11-23.01')).toString(16).padStart(16, '0'));
  t.not(hour.rekey(hash), other.rekey(hash));
  t.equal(hour.rekey(hour.rekey(hash)), hash);
  t.equal(hour.rekey('no hash'), 'no hash');
});
