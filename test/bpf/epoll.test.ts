/** epoll: the descriptor that decides why the thread waits. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { checkVerdict, fileOf } from '../support/cases.js';
import { bpfSkipReason } from '../support/rights.js';
import { connectionOf } from '../support/socket-table.js';
import { basicWaits, moreWaits, testWaits, type Wait } from '../support/waits.js';

const skip = bpfSkipReason();

const EPOLL: readonly Wait[] = [
  ...basicWaits('epoll_wait'),
  ...moreWaits('epoll_wait'),
  ...basicWaits('epoll_pwait'),
  ...basicWaits('epoll_pwait2'),
  { name: 'epoll looks at descriptors above 1023', words: 'epoll_pwait client@5000', reason: 'client', decider: 0 },
  {
    name: 'the epoll instance itself may have a number above 1023',
    words: 'epoll_pwait high eventfd client',
    reason: 'client',
    decider: 1,
  },
  { name: 'epoll with an empty set is sleep', words: 'epoll_pwait', reason: 'sleep' },
  { name: 'epoll does not look into another epoll', words: 'epoll_pwait epoll eventfd', reason: 'sleep' },
  {
    name: 'epoll for POLLRDNORM waits for reading, too',
    words: 'epoll_pwait client:rdnorm',
    reason: 'client',
    decider: 0,
  },
  { name: 'epoll for errors only does not wait for reading', words: 'epoll_pwait client:none', reason: 'sleep' },
  {
    name: 'a one-shot client that has fired is not waited on',
    words: 'epoll_pwait readable:oneshot eventfd',
    reason: 'sleep',
  },
  {
    name: 'one client among 900 events is found',
    words: 'epoll_pwait eventfd*450 client eventfd*450',
    reason: 'client',
    decider: 1,
  },
  { name: 'a 32-bit epoll_wait shows its client', words: 'i386:epoll_wait client', reason: 'client', decider: 0 },
];

t.test('epoll', { skip }, async (t) => {
  const many = 'epoll_pwait eventfd*1000 client eventfd*1000';
  const none = 'epoll_pwait eventfd*2000';
  const few = 'epoll_pwait eventfd*3 pipe';
  const closed = 'epoll_pwait client!';
  const results = await testWaits(t, EPOLL, [many, none, few, closed]);

  t.test('among 2,000 events a client is found, or the row says that not all were looked at', (t) => {
    const { row, told } = results.of(many);
    const poll = row.extra_info?.poll;
    if (poll?.fd === undefined) t.match(row, { reason: 'sleep', extra_info: { poll: { fds: 1024, more: true } } });
    else t.match(row, { reason: 'client', extra_info: { poll: { fd: told('fd1') } } });
    checkVerdict(t, results.of(many), poll?.fd === undefined ? 'sleep' : 'client');
    t.end();
  });

  t.test('a row tells how many descriptors were looked at', (t) => {
    t.strictSame(results.of(none).row.extra_info?.poll, { fds: 1024, more: true });
    t.strictSame(results.of(few).row.extra_info?.poll, { fds: 4 });
    t.end();
  });

  t.test('an open file whose descriptor was closed is still waited on, under the number it had', (t) => {
    const { row, pid, told } = results.of(closed);
    checkVerdict(t, results.of(closed), 'client');
    const fdinfo = readFileSync(`/proc/${pid}/fdinfo/${told('ep')}`, 'utf8');
    t.equal(row.extra_info?.poll?.fd, Number(/^tfd:\s*(\d+)/m.exec(fdinfo)![1]));
    const file = fileOf(pid, told('copy'));
    t.equal(row.filename, file);
    t.equal(row.connection, connectionOf(file));
    t.end();
  });
});
