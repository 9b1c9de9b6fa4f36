/** Which file a call works on: any call that takes a descriptor, and any descriptor. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { SampleRecord } from '../../lib/index.js';
import { callArgument, fdLink, hasFd } from '../support/fds.js';
import { sampleThreads, startThreads, type Threads } from '../support/in-threads.js';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();
const noFuse = skip || (existsSync('/dev/fuse') ? false : 'there is no /dev/fuse');
/** Where the descriptor is not the first argument. */
const FD_ARGUMENT: Readonly<Record<string, number>> = { mmap: 5, epoll_ctl: 3, sendfile: 2 };
/** As the workload has them. */
const HIGH_FD = 5000;
const GROWN_FD = 15_000;

function fdOf({ pid, tids }: Threads, name: string): number {
  return callArgument(pid, tids.get(name)!, FD_ARGUMENT[name] ?? 1);
}

/** What /proc says of the descriptors of all threads. */
function linksOf(threads: Threads): Map<string, string> {
  const { pid, tids } = threads;
  return new Map([...tids].map(([name, tid]) => [name, fdLink(pid, fdOf(threads, name), tid)]));
}

/** What was shown, but for calls whose descriptor went while they wait: absent is good, and so is `was`. */
function shownOf(t: Test, rows: ReadonlyMap<string, SampleRecord>, gone: Readonly<Record<string, string>>) {
  const names = new Map([...rows].map(([name, { filename }]) => [name, filename]));
  for (const [name, was] of Object.entries(gone)) {
    const shown = names.get(name);
    t.ok(shown === undefined || shown === was, `${name} shows ${shown}, and was ${was}`);
    names.delete(name);
  }
  return names;
}

t.test('a call that waits shows the file of its descriptor', { skip: noFuse }, async (t) => {
  const folder = join(t.testdir({}), 'mount');
  mkdirSync(folder);
  const threads = await startThreads(t, 'file-calls', [folder]);
  const links = linksOf(threads);
  t.equal(links.get('pread64'), join(folder, 'pread64'), 'on the file system that does not answer');
  t.equal(fdOf(threads, 'read_stuck'), HIGH_FD);
  t.not(links.get('read_own_table'), links.get('read_closed'), 'one descriptor, two files');

  // The kernel takes the descriptor out of the table before it waits, and there is another file now.
  t.not(links.get('close'), join(folder, 'noflush'));
  links.delete('close');
  const close = join(folder, 'noflush');
  const before = await sampleThreads(t, threads);
  for (const [name, row] of before) t.ok(name === row.syscall || name.startsWith(`${row.syscall}_`), name);
  t.strictSame(shownOf(t, before, { close }), links);

  const closedFd = fdOf(threads, 'read_closed');
  threads.child.stdin!.write('.');
  await until('more descriptors', () => hasFd(threads.pid, GROWN_FD) && !hasFd(threads.pid, closedFd));
  const after = await sampleThreads(t, threads);
  const read_closed = links.get('read_closed')!;
  links.delete('read_closed');
  t.strictSame(shownOf(t, after, { close, read_closed }), links, 'after the table of descriptors has grown');
});

t.test(
  'a 32-bit call of a 64-bit program shows its file, too',
  { skip: skip || (process.arch === 'x64' ? false : 'there is no i386') },
  async (t) => {
    const threads = await startThreads(t, 'compat-calls', [], { cwd: t.testdir({}) });
    const rows = await sampleThreads(t, threads);
    const link = (name: string) => fdLink(threads.pid, callArgument(threads.pid, threads.tids.get(name)!, 1));
    t.match(rows.get('read'), { syscall: 'i386:read', filename: link('read'), reason: 'sleep' });
    t.match(rows.get('recvfrom'), { syscall: 'i386:recvfrom', filename: link('recvfrom'), reason: 'client' });
    t.match(rows.get('recvfrom')?.connection, /^TCP 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+$/);
    t.match(rows.get('poll'), { syscall: 'i386:poll', reason: 'client', filename: /^socket:/ });
    t.match(rows.get('openat'), { syscall: 'i386:openat', filename: './fifo' });
  },
);
