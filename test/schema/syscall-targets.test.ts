/** What system calls work on. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ARM64_SYSCALLS, ARM_SYSCALLS, I386_SYSCALLS, X86_64_SYSCALLS } from '../../lib/lookup/syscalls.gen.js';
import { targetOf } from '../../lib/schema/syscall-targets.js';

const NAMES = new Set([...X86_64_SYSCALLS, ...I386_SYSCALLS, ...ARM64_SYSCALLS, ...ARM_SYSCALLS]);

t.test('every name in the list is that of a system call', async (t) => {
  const source = readFileSync(new URL('../../../lib/schema/syscall-targets.ts', import.meta.url), 'utf8');
  const lists = [...source.matchAll(/words\(`([^`]*)`\)/g)].flatMap(([, text]) => text!.trim().split(/\s+/));
  t.ok(lists.length > 150);
  t.strictSame(
    lists.filter((name) => !NAMES.has(name)),
    [],
  );
  t.strictSame(
    lists.filter((name) => !targetOf(name, 'any')),
    [],
  );
});

t.test('read-class is what the idle rules look at', async (t) => {
  const reads = [...NAMES].filter((name) => name && targetOf(name, 'any')?.isRead);
  for (const one of ['read', 'accept4', 'connect', 'epoll_pwait2', 'select', 'io_getevents', 'recvmmsg_time64'])
    t.ok(reads.includes(one), one);
  t.notMatch(reads.join(' '), /write|send|fsync|open/);
});
