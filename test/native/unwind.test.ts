/**
 * Stacks of code without frame pointers, by unwind tables. The truth is gdb's backtrace of the same stopped threads.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { until } from '../support/poll.js';
import { descendantsOf, syscallLine } from '../support/proc.js';
import { skipReason } from '../support/rights.js';
import { folder } from '../support/symbols.js';
import { compareStacks, FLAGS, type Compared } from '../support/unwinding.js';
import { startWorkload } from '../support/workload.js';

/** libuv keeps 12 KiB of events in one frame, and with 16 KiB the main thread of node is cut off. */
const SLICE_BYTES = 32 << 10;
/** Stacks of working threads differ each time. */
const ROUNDS = 4;
const LEAST_SHARE = 0.95;
const RUST_THREADS = fileURLToPath(new URL('../../../build/test/unwound-rust', import.meta.url));

const BUSY_NODE = `
  const { pbkdf2 } = require('node:crypto'), { gzip } = require('node:zlib');
  const hash = () => pbkdf2('a', 'b', 200000, 64, 'sha512', hash);
  const pack = () => gzip(Buffer.alloc(1 << 22, 'abc'), pack);
  hash(); pack(); console.log('ready');
  const work = () => { for (let o = {}, i = 0; i < 2000; i++) o['k' + i] = JSON.stringify([i]); setImmediate(work); };
  work();`;
const BUSY_PYTHON = `
import hashlib, json, re, threading, time
def work():
    while True: re.findall(r'(\\d+)-?', json.dumps({str(i): [i] * 3 for i in range(2000)}))
def digest():
    while True: hashlib.sha256(b'x' * 10000000).hexdigest()
def deep(n): time.sleep(3600) if n == 0 else deep(n - 1)
for run in (work, digest, lambda: deep(20), threading.Event().wait): threading.Thread(target=run, daemon=True).start()
print('ready', flush=True)
threading.Event().wait()`;
const BUSY_BASH = 'f() { [ $1 -gt 0 ] && f $(($1 - 1)) || while :; do x=${y/a/b} y=a$RANDOM; done; }; echo ready; f 2';
const GO = `package main
import ("fmt"; "os"; "sort")
func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
func main() {
	go func() { for { fib(35) } }()
	go func() { for { a := make([]int, 100000); for i := range a { a[i] = i * 7919 % 100003 }; sort.Ints(a) } }()
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
}`;

/** Go's handlers run on a stack of their own, and the slice is of one stack. */
const WITHOUT_SIGNALS = { ...process.env, GODEBUG: 'asyncpreemptoff=1' };

/** Debian keeps each version of PostgreSQL in a folder of its own, on nobody's path. */
const POSTGRES_VERSIONS = '/usr/lib/postgresql';
const versions = existsSync(POSTGRES_VERSIONS) ? readdirSync(POSTGRES_VERSIONS) : [];
const paths = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...versions.map((version) => join(POSTGRES_VERSIONS, version, 'bin')),
];
const find = (program: string): string | undefined =>
  [program, ...paths.map((path) => join(path, program))].find((path) => isAbsolute(path) && existsSync(path));

/** The `skip` of a test that needs root, gdb and another program. */
function skipWithout(program = 'gdb'): false | string {
  if (process.geteuid?.() !== 0) return skipReason('this needs root: sudo npm test');
  const missing = ['gdb', program].find((name) => find(name) === undefined);
  return skipReason(missing && `${missing} is not installed`);
}
const skip = skipWithout();

/** The stacks of some processes, some times. */
async function compareOften(pids: () => readonly number[], rounds = ROUNDS, symbols?: string): Promise<Compared[]> {
  const all: Compared[] = [];
  for (let round = 0; round < rounds; round++)
    for (const pid of pids()) all.push(...(await compareStacks(pid, SLICE_BYTES, symbols)));
  return all;
}

function checkShare(t: Test, stacks: readonly Compared[]): void {
  const agreeing = stacks.filter(({ agrees }) => agrees);
  const others = stacks.filter(({ agrees, flags }) => !agrees && (flags & FLAGS.SLICE_ENDED) === 0);
  t.ok(agreeing.length >= LEAST_SHARE * stacks.length, `${agreeing.length} of ${stacks.length} stacks agree`, {
    others,
  });
}

t.test('every thread of a C program without frame pointers agrees with gdb', { skip }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'unwound');
  await until('they wait', () => syscallLine(pid, ready['called']!) !== 'running');
  const stacks = await compareOften(() => [pid]);
  for (const { tid, frames, expected } of stacks) t.same(frames, expected, `thread ${tid}`);
  const deep = stacks.find(({ tid }) => tid === ready['shallow']);
  t.match(deep, { flags: FLAGS.COMPLETE }, 'to the outermost frame');
  t.ok(deep!.frames.length > 20);
});

t.test('a slice that is too small gives the innermost frames, and says so', { skip }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'unwound');
  const stack = (await compareStacks(pid, 1024)).find(({ tid }) => tid === ready['shallow'])!;
  t.equal(stack.flags, FLAGS.SLICE_ENDED);
  t.same(stack.frames, stack.expected.slice(0, stack.frames.length));
  t.ok(stack.frames.length > 5);
});

const PROGRAMS = [
  { program: process.execPath, args: ['-e', BUSY_NODE] },
  { program: 'python3', args: ['-c', BUSY_PYTHON] },
  { program: 'bash', args: ['-c', BUSY_BASH] },
  { program: RUST_THREADS, args: [] },
];
for (const { program, args } of PROGRAMS)
  t.test(`threads of ${basename(program)} agree with gdb`, { skip: skipWithout(program) }, async (t) => {
    const { pid } = await startWorkload(t, find(program)!, args);
    checkShare(t, await compareOften(() => [pid]));
  });

t.test('threads of a Go program agree with gdb, stripped or not', { skip: skipWithout('go') }, async (t) => {
  const cwd = t.testdir({ 'go.mod': 'module unwound\n', 'main.go': GO });
  const build = (...args: string[]) => execFileSync('go', ['build', ...args], { cwd, stdio: 'inherit' });
  build('-o', 'whole');
  build('-o', 'stripped', '-ldflags=-s -w');
  for (const name of ['whole', 'stripped']) {
    const { pid } = await startWorkload(t, join(cwd, name), [], { env: WITHOUT_SIGNALS });
    checkShare(t, await compareOften(() => [pid], ROUNDS, join(cwd, 'whole')));
  }
});

t.test('processes of PostgreSQL agree with gdb', { skip: skipWithout('postgres') }, async (t) => {
  const postgres = realpathSync(find('postgres')!);
  const asPostgres = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
  const script = `chown postgres "$0" && cd "$0" && set -- setpriv ${asPostgres.join(' ')}
    "$@" ${join(dirname(postgres), 'initdb')} -D data -A trust >/dev/null || exit 1
    echo ready; exec "$@" ${postgres} -D data -c listen_addresses= -c unix_socket_directories=. >log 2>&1`;
  const cwd = folder(t);
  const { pid } = await startWorkload(t, find('sh')!, ['-c', script, cwd]);
  // Its last line says whether those are there that stay; what reads the log at the start has gone then.
  const state = join(cwd, 'data/postmaster.pid');
  await until('it is ready', () => existsSync(state) && /^ready/m.test(readFileSync(state, 'utf8')));
  const workers = descendantsOf(pid);
  t.ok(workers.length >= 4, `it has ${workers.length} processes`);
  checkShare(t, await compareOften(() => [pid, ...workers], 1));
});
