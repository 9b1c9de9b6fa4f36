/** Times as text. */
import t from 'tap';
import { formatNow, formatUtc } from '../../lib/format/time.js';

t.test('times are UTC with microseconds', async (t) => {
  t.equal(formatUtc(0n), '1970-01-01T00:00:00.000000Z');
  t.equal(formatUtc(1_795_000_000_000_007_999n), '2026-11-18T11:06:40.000007Z');
  t.ok(Math.abs(Date.parse(formatNow()) - Date.now()) < 1000);
});
