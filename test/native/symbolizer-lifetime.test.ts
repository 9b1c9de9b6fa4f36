/** The symbolizer's thread ends in every state, and leaves nothing behind. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { blazesymVersion, openNativeSymbolizer } from '../../lib/native.js';
import { until } from '../support/poll.js';
import { compile, start } from '../support/symbols.js';

const run = promisify(execFile);
const native = new URL('../../lib/native.js', import.meta.url).href;
const skip = !process.env['CI'] && blazesymVersion() === undefined && 'built without blazesym';

const threads = () => readdirSync('/proc/self/task').length;
const descriptors = () => readdirSync('/proc/self/fd').length;

const ADDRS = 'BigUint64Array.from({ length: 1000 }, (_, i) => 0x400000n + BigInt(i) * 4096n)';
const WORK = `[{ pid: process.pid, addrs: ${ADDRS} }]`;

t.test('twenty rounds leave no thread and no descriptor behind', { skip }, async (t) => {
  const round = async () => {
    const symbolizer = openNativeSymbolizer();
    const addrs = BigUint64Array.from({ length: 100 }, (_, i) => 0x400000n + BigInt(i) * 4096n);
    const stacks = [{ pid: process.pid, addrs }];
    await symbolizer?.symbolize(stacks);
    const open = symbolizer?.symbolize(stacks);
    symbolizer?.close();
    await t.rejects(async () => void (await open), /closed/);
  };
  await round();
  const before = [threads(), descriptors()];
  for (let i = 0; i < 20; i++) await round();
  t.strictSame([threads(), descriptors()], before);
});

t.test('an open symbolizer does not keep the process, an open promise does', { skip }, async (t) => {
  const program = (then: string) => `
    import { openNativeSymbolizer } from '${native}';
    globalThis.kept = openNativeSymbolizer();
    ${then}`;
  const node = async (then: string) =>
    (await run(process.execPath, ['--input-type=module', '-e', program(then)])).stdout.trim();
  t.equal(await node(`console.log('end')`), 'end');
  t.equal(await node(`kept.symbolize(${WORK}).then(([frames]) => console.log(frames.length))`), '1000');
  t.equal(await node(`await kept.symbolize(${WORK}); console.log('end')`), 'end');
  t.equal(await node(`kept.symbolize(${WORK}); console.log('end'); process.exit(0)`), 'end');
});

const MAPS_FILE = `
import mmap, ctypes, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
size = os.fstat(fd).st_size
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
print('at %x' % libc.mmap(None, size, 5, 1, fd, 0))
print('ready')
sys.stdout.flush()
content = os.pread(fd, size, 0)
while True:
    os.ftruncate(fd, 0)
    os.pwrite(fd, content, 0)
`;

t.test('a file that becomes shorter while it is read does not end the process', { skip }, async (t) => {
  const program = compile(t, { flags: ['-static'] });
  const { pid, says } = await start(t, 'python3', ['-c', MAPS_FILE, program]);
  const [base = 0n] = says['at'] ?? [];
  const looks = `
    import { openNativeSymbolizer } from '${native}';
    const symbolizer = openNativeSymbolizer();
    const addrs = BigUint64Array.from({ length: 500 }, (_, i) => ${base}n + 4096n + BigInt(i) * 512n);
    for (let i = 0; i < 100; i++) await symbolizer.symbolize([{ pid: ${pid}, addrs }]);
    console.log('end');`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', looks]);
  t.equal(stdout.trim(), 'end');
});

const WORKER = `
  const { workerData, parentPort } = require('node:worker_threads');
  import(workerData.native).then(async ({ openNativeSymbolizer }) => {
    globalThis.kept = openNativeSymbolizer();
    if (workerData.is_idle) await kept.symbolize(${WORK});
    else kept.symbolize(${WORK});
    parentPort.postMessage('asked');
    if (workerData.stays) setInterval(() => {}, 1000);
  });
`;

t.test('a worker thread may end, or be terminated, with its symbolizer idle or busy', { skip }, async (t) => {
  const before = threads();
  for (const is_idle of [true, false]) {
    for (const stays of [true, false]) {
      const worker = new Worker(WORKER, { eval: true, workerData: { native, is_idle, stays } });
      const gone = once(worker, 'exit');
      await once(worker, 'message');
      if (stays) await worker.terminate();
      await gone;
    }
  }
  await until('the threads to go', () => threads() <= before);
  t.pass();
});
