/** select: the descriptor that decides why the thread waits; and the threshold of ports. */
import t from 'tap';
import { bpfSkipReason } from '../support/rights.js';
import { basicWaits, moreWaits, testWaits, type Wait } from '../support/waits.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();

const SELECT: readonly Wait[] = [
  ...basicWaits('select'),
  ...moreWaits('select'),
  ...basicWaits('pselect6'),
  ...[31, 32, 62, 63, 64, 65, 127, 128, 1022, 1023].map((number) => ({
    name: `select looks at descriptor ${number}`,
    words: `select client@${number}`,
    reason: 'client',
    decider: 0,
  })),
  { name: 'select does not look beyond its nfds', words: 'select nfds=66 eventfd client@66', reason: 'sleep' },
  { name: 'pselect6 does not look beyond its nfds', words: 'pselect6 nfds=64 eventfd client@100', reason: 'sleep' },
  {
    name: 'select looks at the last one below its nfds',
    words: 'select nfds=67 client@66',
    reason: 'client',
    decider: 0,
  },
  { name: 'select with no set is sleep', words: 'select', reason: 'sleep' },
  {
    name: 'a descriptor that was closed during the wait decides nothing',
    words: 'pselect6 closed client eventfd',
    reason: 'sleep',
  },
  { name: 'a 32-bit select shows its client', words: 'i386:_newselect client@40', reason: 'client', decider: 0 },
  { name: 'a 32-bit pselect6 shows its client', words: 'i386:pselect6_time64 client', reason: 'client', decider: 0 },
  { name: 'a 32-bit select for room only is sleep', words: 'i386:_newselect full:out', reason: 'sleep' },
];

t.test('select', { skip }, async (t) => {
  const high = 'pselect6 client@3000';
  const results = await testWaits(t, SELECT, [high]);
  t.test('a descriptor above 1023 in a set is found, or the row says that it was not looked at', (t) => {
    const { reason, extra_info } = results.of(high).row;
    t.ok(reason === 'client' ? extra_info?.poll?.fd === 3000 : extra_info?.poll?.more, `${reason}`);
    t.end();
  });
});

t.test('-d moves the threshold of ports', { skip }, async (t) => {
  const calls = ['ppoll', 'pselect6', 'epoll_pwait'];
  const { ready } = await startWorkload(
    t,
    'waits',
    calls.map((call) => `${call} server=8080`),
  );
  const pids = calls.map((_, index) => ready[index]!).join(',');
  const [below, at] = await Promise.all([
    record(t, ['-p', pids, '-i', 1, '-d', 8079]),
    record(t, ['-a', '-p', pids, '-i', 1, '--daemon-ports', 8080]),
  ]);
  t.strictSame(
    below.rows.map(({ reason }) => reason),
    ['client', 'client', 'client'],
  );
  t.strictSame(
    at.rows.map(({ reason }) => reason),
    ['daemon_port', 'daemon_port', 'daemon_port'],
  );
});
