/** Names, lines and modules of the frames of stacks. The workloads print which address is in which function. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { blazesymVersion } from '../../lib/native.js';
import type { StackFrame } from '../../lib/schema/frames.js';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';
import { addr2line, baseOf, childOf, compile, folder, framesOf, openSymbolizer, start } from '../support/symbols.js';

const skip = bpfSkipReason() || (!process.env['CI'] && blazesymVersion() === undefined && 'built without blazesym');

const names = (frames: readonly StackFrame[]) => frames.map(({ name }) => name);
const CHAIN = ['leaf', 'inner', 'middle', 'outer', 'caller', 'main'];
const PLAIN_CHAIN = ['leaf', 'outer', 'caller', 'main'];

const strip = (program: string, ...options: string[]) => execFileSync('strip', [...options, program]);

/** Moves the debug information of a program into a file. */
function separate(program: string, debug: string): void {
  execFileSync('objcopy', ['--only-keep-debug', program, debug]);
  strip(program);
}

t.test('functions, inlined ones, files and lines are those of addr2line', { skip }, async (t) => {
  const program = compile(t);
  const { pid, says } = await start(t, program);
  const { chain = [] } = says;
  const frames = await framesOf(openSymbolizer(t), pid, chain);
  t.strictSame(names(frames), CHAIN);
  t.strictSame(
    frames.map(({ inlined }) => inlined),
    [undefined, true, true, undefined, undefined, undefined],
  );
  const base = baseOf(pid, program);
  t.strictSame(
    frames.map(({ name, file, line }) => `${name} ${file}:${line}`),
    chain.flatMap((addr, i) => addr2line(program, addr - base - (i ? 1n : 0n))),
  );
  t.match(frames[1]?.file, /test\/workloads\/symbols\.c$/);
  // An address is the caller's own, and its offset counts from where nm says that the function starts.
  const symbols = execFileSync('nm', [program], { encoding: 'utf8' });
  for (const { addr, name, offset, inlined, module, build_id } of frames) {
    t.equal(module, program);
    t.match(build_id, /^[0-9a-f]{40}$/);
    const at = new RegExp(`^(\\w+) T ${name}$`, 'm').exec(symbols)?.[1];
    if (!inlined) t.equal(BigInt(`0x${addr}`) - base - BigInt(offset ?? -1), BigInt(`0x${at}`), String(name));
  }
  t.strictSame(
    [...new Set(frames.map(({ addr }) => addr))],
    chain.map((addr) => addr.toString(16)),
  );
});

t.test('a call that ends a function returns behind it, and is still in it', { skip }, async (t) => {
  const program = compile(t);
  const { pid, says } = await start(t, program);
  const [end = 0n] = says['end'] ?? [];
  const [, frame] = await framesOf(openSymbolizer(t), pid, [1n, end]);
  t.equal(frame?.name, 'ends_in_call');
  // The witness that this is such a call: nm's size of the function.
  const [, at, size] =
    /^(\w+) (\w+) T ends_in_call$/m.exec(execFileSync('nm', ['-S', program], { encoding: 'utf8' })) ?? [];
  t.equal(end - baseOf(pid, program), BigInt(`0x${at}`) + BigInt(`0x${size}`));
  t.equal(frame?.offset, Number(`0x${size}`));
});

t.test('a signal interrupts a function at the very address that is on the stack', { skip }, async (t) => {
  const { pid, says } = await start(t, compile(t));
  const symbolizer = openSymbolizer(t);
  const ofLibrary = process.arch === 'x64' ? '__restore_rt' : '__kernel_rt_sigreturn';
  for (const [handler, trampoline] of [
    ['signal', ofLibrary],
    ['own', 'own_return'],
  ] as const) {
    const frames = await framesOf(symbolizer, pid, says[handler] ?? []);
    t.equal(frames[0]?.name, 'on_signal');
    t.match(frames[1], { name: trampoline, offset: 0 });
    t.match(frames[2], { name: 'faulting', offset: 0 });
  }
});

t.test('a signal trampoline without a symbol has its name', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const program = compile(t, { flags: ['-static'] });
  strip(program);
  const { pid, says } = await start(t, program);
  for (const round of ['first', 'second']) {
    const [, trampoline] = await framesOf(symbolizer, pid, says['signal'] ?? []);
    t.match(trampoline?.name, /^(__restore_rt|__kernel_rt_sigreturn)$/, round);
  }
});

t.test('functions of the vdso have names', { skip }, async (t) => {
  const { pid, says } = await start(t, compile(t));
  const [addr = 0n] = says['vdso'] ?? [];
  const [frame] = await framesOf(openSymbolizer(t), pid, [addr + 1n]);
  t.match(frame?.name, /^(__vdso_)?getcpu$/);
  t.match(frame, { offset: 1, module: '[vdso]' });
});

t.test('a stripped program keeps module, build id and offset', { skip }, async (t) => {
  const program = compile(t);
  strip(program);
  const { pid, says } = await start(t, program);
  const frames = await framesOf(openSymbolizer(t), pid, says['chain'] ?? []);
  const buildId = /Build ID: (\w+)/.exec(execFileSync('readelf', ['-n', program], { encoding: 'utf8' }))?.[1];
  const base = baseOf(pid, program);
  t.strictSame(
    frames,
    (says['chain'] ?? []).map((addr) => ({
      addr: addr.toString(16),
      // The segments of these programs are at their offsets in the file.
      offset: Number(addr - base),
      module: program,
      build_id: buildId,
    })),
  );
});

t.test('a debug link leads to a file under /usr/lib/debug', { skip }, async (t) => {
  const program = compile(t, { flags: ['-Wl,--build-id=none'] });
  const debug = `/usr/lib/debug/xcapture-test-${process.pid}.debug`;
  mkdirSync(dirname(debug), { recursive: true });
  t.teardown(() => rmSync(debug, { force: true }));
  separate(program, debug);
  execFileSync('objcopy', [`--add-gnu-debuglink=${debug}`, program]);
  const { pid, says } = await start(t, program);
  const frames = await framesOf(openSymbolizer(t), pid, says['chain'] ?? []);
  t.strictSame(names(frames), CHAIN);
  t.notOk(frames[0]?.build_id);
});

t.test('a debug link to the file of another build is not followed, and hides nothing', { skip }, async (t) => {
  const program = compile(t, { flags: ['-Wl,--build-id=none'] });
  const debug = `/usr/lib/debug/xcapture-test-other-${process.pid}.debug`;
  mkdirSync(dirname(debug), { recursive: true });
  t.teardown(() => rmSync(debug, { force: true }));
  execFileSync('objcopy', ['--only-keep-debug', program, debug]);
  strip(program, '--strip-debug');
  execFileSync('objcopy', [`--add-gnu-debuglink=${debug}`, program]);
  execFileSync('objcopy', ['--only-keep-debug', compile(t, { flags: ['-Douter=other'] }), debug]);
  const { pid, says } = await start(t, program);
  t.strictSame(names(await framesOf(openSymbolizer(t), pid, says['chain'] ?? [])), PLAIN_CHAIN);
});

t.test('a build id leads to a file under /usr/lib/debug', { skip }, async (t) => {
  const program = compile(t);
  const [, first, rest] =
    /Build ID: (\w\w)(\w+)/.exec(execFileSync('readelf', ['-n', program], { encoding: 'utf8' })) ?? [];
  const directory = `/usr/lib/debug/.build-id/${first}`;
  const made = mkdirSync(directory, { recursive: true });
  const debug = join(directory, `${rest}.debug`);
  t.teardown(() => {
    rmSync(debug, { force: true });
    // What mkdir has made, from the deepest outwards.
    if (made === undefined) return;
    for (let path = directory; path.length >= made.length; path = dirname(path)) rmdirSync(path);
  });
  separate(program, debug);
  const { pid, says } = await start(t, program);
  const frames = await framesOf(openSymbolizer(t), pid, says['chain'] ?? []);
  t.strictSame(names(frames), CHAIN);
  t.match(frames[1]?.file, /symbols\.c$/);
});

t.test('names of C++ and Rust are demangled', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const cpp = await start(t, compile(t, { language: 'cc' }));
  t.strictSame(names(await framesOf(symbolizer, cpp.pid, cpp.says['chain'] ?? [])), [
    'shop::Cart<int>::add(int, char const*)',
    'shop::fill(shop::Cart<int>&)',
  ]);
  const rust = await start(t, compile(t, { language: 'rs' }));
  const [frame] = await framesOf(symbolizer, rust.pid, rust.says['chain'] ?? []);
  t.match(frame?.name, /^(symbols|program)::shop::fill(::<u64>)?$/);
});

t.test('a program that is deleted or replaced while it runs keeps its names', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const deleted = compile(t);
  const one = await start(t, deleted);
  rmSync(deleted);
  const frames = await framesOf(symbolizer, one.pid, one.says['chain'] ?? []);
  t.strictSame(names(frames), CHAIN);
  t.equal(frames[0]?.module, deleted);

  const replaced = compile(t);
  const two = await start(t, replaced);
  renameSync(compile(t, { flags: ['-Douter=other', '-Dleaf=blade', '-O1'] }), replaced);
  t.strictSame(names(await framesOf(symbolizer, two.pid, two.says['chain'] ?? [])), CHAIN);
  // The new one under the same path is another module.
  const three = await start(t, replaced);
  const others = names(await framesOf(symbolizer, three.pid, three.says['chain'] ?? []));
  t.match(others[0], 'blade');
  t.match(others[3], 'other');
});

t.test('a process in another mount namespace has its own files', { skip }, async (t) => {
  const program = compile(t);
  const script = 'mount -t tmpfs tmpfs /mnt && cp "$0" /mnt/inside && exec /mnt/inside';
  const { pid, says } = await start(t, 'unshare', ['-m', 'sh', '-c', script, program]);
  const frames = await framesOf(openSymbolizer(t), pid, says['chain'] ?? []);
  t.strictSame(names(frames), CHAIN);
  t.equal(frames[0]?.module, '/mnt/inside');
  t.notOk(existsSync('/mnt/inside'));
});

t.test('a process that has gone keeps the names of its modules', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const program = compile(t);
  const known = await start(t, program);
  const { chain = [], end = [] } = known.says;
  t.strictSame(names(await framesOf(symbolizer, known.pid, chain)), CHAIN);
  await known.end();
  rmSync(program);
  t.strictSame(names(await framesOf(symbolizer, known.pid, chain)), CHAIN);
  const [, frame] = await framesOf(symbolizer, known.pid, [1n, ...end]);
  t.match(frame, { name: 'ends_in_call', module: program, build_id: /^\w{40}$/ }, 'not looked up before');

  const unknown = await start(t, compile(t));
  await unknown.end();
  const addrs = unknown.says['chain'] ?? [];
  t.strictSame(
    await framesOf(symbolizer, unknown.pid, addrs),
    addrs.map((addr) => ({ addr: addr.toString(16) })),
  );
});

t.test('programs at the same addresses have names of their own', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const flags = ['-no-pie', '-fno-pie'];
  for (const name of ['outer', 'other']) {
    const { pid, says } = await start(t, compile(t, { flags: [...flags, `-Douter=${name}`] }));
    t.equal((await framesOf(symbolizer, pid, says['chain'] ?? []))[3]?.name, name);
  }
});

/** Also over the loader that tap adds to each Node.js, where that lies below /tmp. */
const COVER_TMP = 'mount -t tmpfs tmpfs /tmp && unset NODE_OPTIONS';
const JIT = `
  function warmed(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum; }
  for (let i = 0; i < 3000; i++) warmed(1000);
  console.log('ready');
  process.stdin.resume();
`;

t.test('functions of Node.js have names by its perf map, in namespaces of its own, too', { skip }, async (t) => {
  const script = join(folder(t), 'script.cjs');
  execFileSync('sh', ['-c', 'cat > "$0"', script], { input: JIT });
  const command = `${COVER_TMP} && cd /tmp && exec "$0" --perf-basic-prof --no-concurrent-recompilation "$1"`;
  const unshare = ['-mpf', '--kill-child', 'sh', '-c', command, process.execPath, script];
  const { pid: parent } = await start(t, 'unshare', unshare);
  const pid = await childOf(parent);
  const map = readFileSync(`/proc/${pid}/root/tmp/perf-1.map`, 'utf8');
  // Of several versions of the function, the latest: another one's memory may be in use again.
  const [, at, bytes, name] = [...map.matchAll(/^(?:0x)?(\w+) (\w+) (JS:\*warmed .*)$/gm)].at(-1) ?? [];
  const begin = BigInt(`0x${at}`);
  const end = begin + BigInt(`0x${bytes}`);
  const frames = await framesOf(openSymbolizer(t), pid, [begin + 4n, begin + 4n, end, end + (1n << 40n)]);
  t.strictSame(names(frames), [name, name, name, undefined]);
  t.strictSame(
    frames.map(({ offset }) => offset),
    [4, 4, Number(end - begin), undefined],
  );
  t.match(name, /warmed .*script\.cjs/);
});

t.test('a FIFO in place of a perf map, and the file of another user, are left alone', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const script = join(folder(t), 'script.cjs');
  execFileSync('sh', ['-c', 'cat > "$0"', script], { input: JIT });
  for (const make of [
    'mkfifo /tmp/perf-1.map',
    'echo 0 ffffffffffffffff forged > /tmp/perf-1.map; chown 1234 /tmp/perf-1.map',
  ]) {
    const command = `${COVER_TMP} && ${make} && exec "$0" "$1"`;
    const unshare = ['-mpf', '--kill-child', 'sh', '-c', command, process.execPath, script];
    const pid = await childOf((await start(t, 'unshare', unshare)).pid);
    const anonymous = /^(\w+)-\w+ r.x\w \w+ 00:00 0 *$/m.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[1];
    const addr = BigInt(`0x${anonymous}`) + 16n;
    t.strictSame(await framesOf(symbolizer, pid, [addr]), [{ addr: addr.toString(16) }]);
  }
});

interface KernelSymbol {
  addr: bigint;
  name: string;
}

const kernelSymbols = (pattern: RegExp): KernelSymbol[] =>
  readFileSync('/proc/kallsyms', 'utf8')
    .split('\n')
    .map((line) => line.split(/[ \t]/))
    .filter(([, type = '', name = '']) => /t/i.test(type) && pattern.test(name))
    .map(([addr, , name = '']) => ({ addr: BigInt(`0x${addr}`), name }));

t.test('kernel functions are those of /proc/kallsyms', { skip }, async (t) => {
  const symbols = kernelSymbols(/^(vfs_read|do_syscall_64|__x64_sys_read|schedule|ksys_read|do_futex|tcp_recvmsg)$/);
  t.ok(symbols.length >= 5);
  const frames = await framesOf(
    openSymbolizer(t),
    0,
    symbols.map(({ addr }) => addr + 5n),
  );
  t.strictSame(
    frames,
    symbols.map(({ addr, name }) => ({ addr: (addr + 5n).toString(16), name, offset: 5 })),
  );
});

t.test('a BPF program that has been loaded since has its name', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const [known] = kernelSymbols(/^vfs_read$/);
  await framesOf(symbolizer, 0, [(known?.addr ?? 0n) + 1n]);
  const { openNativeSampler } = await import('../../lib/native.js');
  const sampler = openNativeSampler({
    periodNs: 1e9,
    iterations: 0,
    durationNs: 0,
    flags: { all: true },
    verbose: false,
    track: [],
    light: false,
    pids: [],
  });
  t.teardown(() => sampler.close());
  // What the kernel has of its own making is read anew at most for a tenth of the time. Another xcapture's program may
  // go meanwhile, so each round looks at what there is.
  await until('the name', async () => {
    const program = kernelSymbols(/^bpf_prog_[0-9a-f]{16}_xcap_sample$/).at(-1);
    if (!program) throw new Error('no such program in /proc/kallsyms');
    const addr = program.addr + 9n;
    const [frame] = await framesOf(symbolizer, 0, [addr]);
    const wanted = { addr: addr.toString(16), name: program.name, offset: 9, module: '[bpf]' };
    return isDeepStrictEqual(frame, wanted);
  });
});

t.test('batches are answered in order, and closing rejects what is open', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  t.strictSame(await symbolizer.symbolize([]), []);
  t.strictSame(await symbolizer.symbolize([{ pid: process.pid, addrs: new BigUint64Array() }]), [[]]);
  const order: number[] = [];
  await Promise.all([1, 2, 3].map(async (i) => (await framesOf(symbolizer, 0, [BigInt(i)]), order.push(i))));
  t.strictSame(order, [1, 2, 3]);
  const open = symbolizer.symbolize([{ pid: 0, addrs: BigUint64Array.from([1n]) }]);
  symbolizer.close();
  symbolizer.close();
  await t.rejects(open, /closed/);
  t.throws(() => symbolizer.symbolize([]), /closed/);
});

t.test('a copy of a program elsewhere is looked up once more, under its own path', { skip }, async (t) => {
  const symbolizer = openSymbolizer(t);
  const program = compile(t);
  const copy = join(folder(t), 'copy');
  copyFileSync(program, copy);
  for (const path of [program, copy]) {
    const { pid, says } = await start(t, path);
    const frames = await framesOf(symbolizer, pid, says['chain'] ?? []);
    t.strictSame([...new Set(frames.map(({ module }) => module))], [path]);
  }
});
