/** Hours and zones of recordings by the real clock, shifted, and by the C library's zones. */
import t from 'tap';
import { preloadPath, XCAPTURE_CSV } from '../support/paths.js';
import { checkCsv, filesIn, folder } from '../support/recording.js';
import { bpfSkipReason } from '../support/rights.js';
import { runXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();

/** The environment of a program whose wall clock alone was set to this time. */
function setTo(time: string): NodeJS.ProcessEnv {
  const seconds = Math.round((Date.parse(time) - Date.now()) / 1000);
  return { ...process.env, TZ: 'UTC', LD_PRELOAD: preloadPath('shift-clock'), SHIFT_CLOCK_S: String(seconds) };
}

t.test('when the hour changes a new file begins, and no row is in the wrong one', { skip }, async (t) => {
  const directory = folder(t);
  const env = setTo('2026-12-31T23:59:58Z');
  const { status } = await runXcapture(t, ['-a', '-F', 10, '-i', 40, '-C', '-o', directory], { env });
  t.equal(status, 0);
  const rows = checkCsv(directory);
  const hours = ['2026-12-31.23', '2027-01-01.00'];
  t.strictSame(
    Object.keys(rows),
    ['cgroups', 'samples'].flatMap((name) => hours.map((hour) => `xcapture_${name}_${hour}.csv`)),
  );
  const times = hours.map((hour) => new Set(rows[`xcapture_samples_${hour}.csv`]!.map(([time]) => time!)));
  t.equal(times[0]!.size + times[1]!.size, 40, 'no sample is lost');
  for (const [index, hour] of hours.entries()) {
    for (const time of times[index]!) t.equal(time.slice(0, 13).replace('T', '.'), hour);
  }
  t.match(filesIn(directory)['meta_2026-12-31.23.ndjson'], /^\{"type":"header"/);
  t.match(filesIn(directory)['meta_2027-01-01.00.ndjson'], /"type":"summary"[^\n]*\n$/);
});

t.test('local time is that of TZ, or of /etc/localtime', async (t) => {
  const input = `${JSON.stringify({ type: 'sample', timestamp: '2026-07-01T22:30:00.000000Z', tid: 1 })}\n`;
  const local = new Date('2026-07-01T22:30:00Z');
  const two = (number: number) => String(number).padStart(2, '0');
  const own = `2026-${two(local.getMonth() + 1)}-${two(local.getDate())}.${two(local.getHours())}`;
  const cases: [string | undefined, string, string][] = [
    ['Europe/Berlin', '2026-07-02.00', '2026-07-02T00:30:00.000000'],
    ['UTC', '2026-07-01.22', '2026-07-01T22:30:00.000000'],
    // Empty is UTC, and POSIX has rules without a name; JavaScript knows neither.
    ['', '2026-07-01.22', '2026-07-01T22:30:00.000000'],
    ['XYZ-3:30', '2026-07-02.02', '2026-07-02T02:00:00.000000'],
    [undefined, own, `${own.replace('.', 'T')}:${two(local.getMinutes())}:00.000000`],
  ];
  for (const [zone, hour, time] of cases) {
    const directory = folder(t);
    const { TZ: _, ...env } = process.env;
    const options = { program: XCAPTURE_CSV, input, env: zone === undefined ? env : { ...env, TZ: zone } };
    t.equal((await runXcapture(t, ['-o', directory], options)).status, 0);
    t.equal(checkCsv(directory)[`xcapture_samples_${hour}.csv`]?.[0]?.[0], time, `TZ ${zone}`);
    const { stdout } = await runXcapture(t, ['--replay', directory, '-a', '--ndjson']);
    t.match(stdout.toString(), '"timestamp":"2026-07-01T22:30:00.000000Z"', 'whatever the zone of the reader is');
  }
});

t.test(
  'an hour that is there twice is one file, one that is left out is none, and replay tells them apart',
  async (t) => {
    const env = { ...process.env, TZ: 'Europe/Berlin' };
    for (const [times, hours] of [
      [['2026-10-25T00:59:59.000000Z', '2026-10-25T01:00:00.000000Z'], ['2026-10-25.02']],
      [
        ['2026-03-29T00:59:59.000000Z', '2026-03-29T01:00:00.000000Z'],
        ['2026-03-29.01', '2026-03-29.03'],
      ],
    ] as const) {
      const directory = folder(t);
      // The second half by another recorder: it has not seen the first.
      for (const timestamp of times) {
        const input = `${JSON.stringify({ type: 'sample', timestamp, tid: 1 })}\n`;
        await runXcapture(t, ['-o', directory], { program: XCAPTURE_CSV, input, env });
      }
      t.strictSame(
        Object.keys(checkCsv(directory)),
        hours.map((hour) => `xcapture_samples_${hour}.csv`),
      );
      const { stdout } = await runXcapture(t, ['--replay', directory, '-a', '--ndjson', '-g', 'timestamp']);
      t.strictSame(
        stdout
          .toString()
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { timestamp: string }).timestamp),
        times,
      );
    }
  },
);
