/** The table of system calls against the headers of this machine. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { COMPAT_SYSCALLS, NATIVE_SYSCALLS } from '../../lib/lookup/syscalls.js';

/** What the compiler says that the headers define. */
function defined(header: string): [name: string, nr: number][] {
  const text = execFileSync('gcc', ['-E', '-dM', '-'], {
    input: `#include <asm/${header}>\n`,
    encoding: 'utf8',
  });
  return [...text.matchAll(/^#define __NR_(\w+) (\d+)$/gm)].map(([, name, nr]) => [name!, Number(nr)]);
}

t.test('every system call in the headers has its name', async (t) => {
  const calls = defined('unistd.h');
  t.ok(calls.length > 300);
  for (const [name, nr] of calls) t.equal(NATIVE_SYSCALLS[nr], name);
});

t.test('every 32-bit system call has its name, too', { skip: process.arch !== 'x64' }, async (t) => {
  const calls = defined('unistd_32.h');
  t.ok(calls.length > 400);
  for (const [name, nr] of calls) t.equal(COMPAT_SYSCALLS[nr], name);
});
