/** Local times of recordings, and the way back. */
import t from 'tap';
import { addNs, LocalClock, localToUtc, utcToLocal } from '../../lib/csv/local-time.js';
import { utcOffset } from '../../lib/native.js';

t.test('a time of a record is a local time with microseconds, and belongs to a local hour', async (t) => {
  const clock = new LocalClock(() => 19_800);
  t.strictSame(clock.toLocal('2026-12-31T23:59:59.123456Z'), {
    utc: '2026-12-31T23:59:59.123456Z',
    hour: '2027-01-01.05',
    text: '2027-01-01T05:29:59.123456',
    offsetS: 19_800,
  });
  t.equal(clock.toLocal('2026-11-23T01:00:00Z')!.text, '2026-11-23T06:30:00.000000');
  t.equal(clock.toLocal('2026-11-23T01:00:00.1234567Z')!.text, '2026-11-23T06:30:00.123456');
  for (const bad of ['', 'x', '2026-11-23T01:00:00', '2026-11-23T25:00:00Z', '2026-11-23T01:00:00+01:00']) {
    t.equal(clock.toLocal(bad), undefined, bad);
  }
});

t.test('local times and UTC are told from each other by the offset alone', async (t) => {
  for (const offsetS of [0, 3600, -12_600, 50_400]) {
    const local = utcToLocal('2026-02-28T23:59:59.999999Z', offsetS)!;
    t.equal(localToUtc(local, offsetS), '2026-02-28T23:59:59.999999Z');
  }
  t.equal(localToUtc('2026-02-28T23:59:59', 0), undefined);
});

t.test('nanoseconds are added, to the microsecond', async (t) => {
  t.equal(addNs('2026-11-23T00:59:59.999999Z', 1999), '2026-11-23T01:00:00.000000Z');
  t.equal(addNs('2026-11-23T00:00:00Z', 3_600_000_000_000), '2026-11-23T01:00:00.000000Z');
  t.equal(addNs('x', 1), undefined);
});

t.test("this machine's offset is date(1)'s", async (t) => {
  const offset = /([+-])(\d\d)(\d\d)/.exec(new Date(0).toString())!;
  const seconds = (Number(offset[2]) * 60 + Number(offset[3])) * 60;
  t.equal(utcOffset(0), offset[1] === '-' ? -seconds : seconds);
});
