/** dropCapabilities takes every capability from every thread, and leaves the symbolizer's what that needs. */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { blazesymVersion } from '../../lib/native.js';
import { bpfSkipReason } from '../support/rights.js';
import { compile, start } from '../support/symbols.js';

const run = promisify(execFile);
const native = new URL('../../lib/native.js', import.meta.url).href;

const PROGRAM = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { pbkdf2 } from 'node:crypto';
  import { dropCapabilities } from '${native}';
  // Node's own pool of threads is made at its first use; it must not keep what it had.
  for (let i = 0; i < 4; i++) pbkdf2('a', 'b', 1, 8, 'sha1', () => {});
  dropCapabilities();
  dropCapabilities();
  const keys = ['CapEff', 'CapPrm', 'CapInh', 'CapAmb', 'NoNewPrivs'];
  for (const tid of readdirSync('/proc/self/task')) {
    const status = readFileSync('/proc/self/task/' + tid + '/status', 'utf8');
    console.log(keys.map((key) => BigInt('0x' + new RegExp(key + ':\\\\s*(\\\\w+)').exec(status)[1])).join());
  }
`;

t.test('all threads lose all capabilities, and the way back', { skip: bpfSkipReason() }, async (t) => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', PROGRAM]);
  const threads = stdout.trim().split('\n');
  t.ok(threads.length > 6, `${threads.length} threads`);
  t.strictSame([...new Set(threads)], ['0,0,0,0,1']);
});

const SYMBOLS = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { dropCapabilities, openNativeSymbolizer } from '${native}';
  const [pid, keepsSymbols, ...addrs] = process.argv.slice(1);
  const symbolizer = openNativeSymbolizer();
  dropCapabilities({ keepsSymbols: keepsSymbols === 'keeps' });
  const threads = readdirSync('/proc/self/task').map((tid) => {
    const status = readFileSync('/proc/self/task/' + tid + '/status', 'utf8');
    const of = (key) => new RegExp('^' + key + ':\\\\s*(\\\\S+)', 'm').exec(status)[1];
    return [of('Name'), of('CapEff'), of('CapPrm'), of('CapInh'), of('NoNewPrivs')].join();
  });
  const [user, kernel] = await symbolizer.symbolize([
    { pid: Number(pid), addrs: BigUint64Array.from(addrs.slice(1), (addr) => BigInt('0x' + addr)) },
    { pid: 0, addrs: BigUint64Array.from([BigInt('0x' + addrs[0]) + 1n]) },
  ]);
  console.log(JSON.stringify({ threads, user: user.map((f) => f.name ?? null), kernel: kernel[0].name ?? null }));
  symbolizer.close();
`;

// Effective, permitted and inheritable capabilities, and no_new_privs.
const NOTHING = `,${'0'.repeat(16)},${'0'.repeat(16)},${'0'.repeat(16)},1`;

const symbolsSkip =
  bpfSkipReason() || (!process.env['CI'] && blazesymVersion() === undefined && 'built without blazesym');

t.test('the symbolizer alone keeps what it needs for processes of other users', { skip: symbolsSkip }, async (t) => {
  const program = compile(t);
  // For its owner only, in a folder for its owner only.
  for (const [path, mode] of [
    [program, 0o700],
    [dirname(program), 0o700],
  ] as const) {
    chmodSync(path, mode);
    chownSync(path, 65534, 65534);
  }
  const { pid, says } = await start(t, 'setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', program]);
  const vfsRead = /^(\w+) T vfs_read$/m.exec(readFileSync('/proc/kallsyms', 'utf8'))?.[1] ?? '';
  const addrs = [vfsRead, ...(says['chain'] ?? []).map((addr) => addr.toString(16))];
  const symbolize = async (keeps: 'keeps' | 'drops') => {
    const args = ['--input-type=module', '-e', SYMBOLS, String(pid), keeps, ...addrs];
    const { stdout } = await run(process.execPath, args);
    return JSON.parse(stdout) as { threads: string[]; user: string[]; kernel: string };
  };

  const { threads, user, kernel } = await symbolize('keeps');
  t.strictSame(user, ['leaf', 'inner', 'middle', 'outer', 'caller', 'main']);
  t.equal(kernel, 'vfs_read');
  const others = threads.filter((thread) => !thread.startsWith('xcap-symbols,'));
  t.equal(others.length, threads.length - 1);
  t.ok(
    others.every((thread) => thread.endsWith(NOTHING)),
    others.join(' '),
  );
  // CAP_CHECKPOINT_RESTORE (bit 40), CAP_SYSLOG (34), CAP_SYS_PTRACE (19), CAP_DAC_READ_SEARCH (2).
  const symbols = '0000010400080004';
  t.ok(threads.includes(`xcap-symbols,${symbols},${symbols},${'0'.repeat(16)},1`), threads.join(' '));

  // The witness that this takes capabilities.
  const without = await symbolize('drops');
  t.strictSame(without.user, [null, null, null, null]);
  t.ok(
    without.threads.every((thread) => thread.endsWith(NOTHING)),
    without.threads.join(' '),
  );
});
