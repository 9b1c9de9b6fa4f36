/** Times, ages and sizes as people type them. Mistakes are in test/bin/usage. */
import t from 'tap';
import { duration, moment, retention } from '../../lib/cli/amounts.js';

const HOUR_S = 3600;
/** Summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z. */
const berlin = (epochS: number) =>
  epochS >= Date.UTC(2026, 2, 29, 1) / 1000 && epochS < Date.UTC(2026, 9, 25, 1) / 1000 ? 2 * HOUR_S : HOUR_S;

t.test('durations', async (t) => {
  t.strictSame(['250ms', '30s', '.5m', '1.5h', '1d'].map(duration), [250, 30_000, 30_000, 5_400_000, 86_400_000]);
  for (const bad of ['', '5', '0s', '-1s', '1 s', '1y', '999999d'])
    t.throws(() => duration(bad), { code: 'XCAP_USAGE' });
});

t.test('what to retain is an age or a size', async (t) => {
  t.strictSame(retention('90m'), { ageMs: 5_400_000 });
  t.strictSame(retention('2w'), { ageMs: 14 * 86_400_000 });
  t.strictSame(retention('500M'), { bytes: 500 * 2 ** 20 });
  t.strictSame(retention('1.5GiB'), { bytes: 1.5 * 2 ** 30 });
  for (const bad of ['', '7', '0d', '7D', '5k', '-1G']) t.throws(() => retention(bad), { code: 'XCAP_USAGE' });
});

t.test('moments are local without an offset, also where the clock is changed', async (t) => {
  const cases: [string, string][] = [
    ['2026-11-23', '2026-11-22T23:00:00.000Z'],
    ['2026-11-23T01:07', '2026-11-23T00:07:00.000Z'],
    [' 2026-07-01 01:07:28.5 ', '2026-06-30T23:07:28.500Z'],
    ['2026-11-23T01:07:28Z', '2026-11-23T01:07:28.000Z'],
    ['2026-11-23T01:07+05:30', '2026-11-22T19:37:00.000Z'],
    // There twice: the first of them.
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    // Not there: an hour later.
    ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  ];
  for (const [text, utc] of cases) t.equal(moment('--from', text, berlin), utc, text);
  for (const bad of ['', 'noon', '2026-13-01', '01:07', '2026-11-23T1:07']) {
    t.throws(() => moment('--to', bad, berlin), { code: 'XCAP_USAGE', message: /^--to wants a time/ });
  }
});
