/** poll: the descriptor that decides why the thread waits. */
import t from 'tap';
import { checkVerdict } from '../support/cases.js';
import { bpfSkipReason } from '../support/rights.js';
import { basicWaits, moreWaits, testWaits, type Wait } from '../support/waits.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
/** How many descriptors are looked at. */
const LIMIT = 1024;

const POLL: readonly Wait[] = [
  ...basicWaits('poll'),
  ...moreWaits('poll'),
  ...basicWaits('ppoll'),
  {
    name: 'poll looks at descriptors above 1023',
    words: 'poll eventfd@1500 client@4000',
    reason: 'client',
    decider: 1,
  },
  {
    name: 'poll passes over negative descriptors',
    words: 'poll negative negative client negative',
    reason: 'client',
    decider: 2,
  },
  { name: 'poll on negative descriptors only is sleep', words: 'poll negative*3', reason: 'sleep' },
  { name: 'poll for POLLRDNORM waits for reading, too', words: 'poll client:rdnorm', reason: 'client', decider: 0 },
  { name: 'poll for errors only does not wait for reading', words: 'poll client:none', reason: 'sleep' },
  { name: 'poll with no descriptors is sleep', words: 'poll', reason: 'sleep' },
  {
    name: 'an entry of the array may lie across the end of a page',
    words: 'poll spanned eventfd client eventfd',
    reason: 'client',
    decider: 1,
  },
  {
    name: 'the array may span pages',
    words: 'ppoll spanned eventfd*900 client',
    reason: 'client',
    decider: 1,
  },
  {
    name: `the decider may be the first of 2,000 descriptors`,
    words: 'poll client eventfd*1999',
    reason: 'client',
    decider: 0,
  },
  {
    name: `the decider may be descriptor number ${LIMIT}`,
    words: `poll eventfd*${LIMIT - 1} client eventfd*900`,
    reason: 'client',
    decider: 1,
  },
  {
    name: 'a descriptor that was closed during the wait decides nothing',
    words: 'ppoll closed client',
    reason: 'sleep',
  },
  { name: 'a 32-bit poll shows its client', words: 'i386:poll eventfd client', reason: 'client', decider: 1 },
  { name: 'a 32-bit poll shows its listener', words: 'i386:poll client listener', reason: 'listen', decider: 1 },
  { name: 'a 32-bit ppoll shows its client', words: 'i386:ppoll_time64 client', reason: 'client', decider: 0 },
];

t.test('poll', { skip }, async (t) => {
  const beyond = `poll eventfd*${LIMIT} client eventfd*900`;
  const events = 'ppoll eventfd pipe timerfd*3';
  const results = await testWaits(t, POLL, [beyond, events]);
  t.test(`the ${LIMIT + 1}st descriptor is not looked at, and the row says so`, (t) => {
    checkVerdict(t, results.of(beyond), 'sleep');
    t.strictSame(results.of(beyond).row.extra_info?.poll, { fds: LIMIT, more: true });
    t.end();
  });
  t.test('a row tells how many descriptors were looked at', (t) => {
    t.strictSame(results.of(events).row.extra_info?.poll, { fds: 5 });
    t.end();
  });
});

t.test('a set that can no longer be read decides nothing, and is counted', { skip }, async (t) => {
  const { ready } = await startWorkload(t, 'waits', [
    'ppoll client unmapped',
    'ppoll eventfd*1500 client unmapped',
    'pselect6 client unmapped',
    'ppoll client',
  ]);
  const pids = [0, 1, 2, 3].map((index) => ready[index]!);
  const { rows, summary } = await record(t, ['-a', '-p', pids.join(','), '-i', 1]);
  for (const pid of pids.slice(0, 3)) {
    const row = rows.find(({ tid }) => tid === pid)!;
    t.match(row, { state: 'SLEEP', reason: 'sleep', syscall: /^p(poll|select6)$/ });
    t.equal(row.filename, undefined);
    t.equal(row.connection, undefined);
    t.equal(row.extra_info?.poll?.fd, undefined);
  }
  t.match(
    rows.find(({ tid }) => tid === pids[3]),
    { reason: 'client' },
    'the others are as ever',
  );
  t.ok(summary.unreadable >= 3, `${summary.unreadable} values`);
});
