/** The native sampler can be stopped and closed in every state, and leaves nothing behind. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { chunkBytes, openNativeSampler, type NativeSampler } from '../../lib/native.js';
import { structOf } from '../../lib/schema/wire.js';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();
const OPTIONS = {
  periodNs: 1e6,
  iterations: 0,
  durationNs: 0,
  flags: {
    all: true,
    want_cmdline: true,
    want_container: true,
    want_filename: true,
    want_socket: true,
    want_extra: true,
    want_aio: true,
    want_uring: true,
  },
  verbose: false,
  track: ['syscall'] as const,
  light: false,
  pids: [],
};

/** Reads until there is nothing any more; resolves with the number of bytes. */
async function drain(sampler: NativeSampler): Promise<number> {
  const buffer = new Uint8Array(chunkBytes());
  let bytes = 0;
  for (;;) {
    const size = sampler.read(buffer);
    if (size < 0) return bytes;
    bytes += size;
    if (size === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

const threads = () => readdirSync('/proc/self/task').length;

/** Ids of the sampler's programs in the kernel. */
function programs(): number[] {
  const all = JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'list'], { encoding: 'utf8' })) as {
    id: number;
    name?: string;
  }[];
  return all.filter(({ name }) => name === 'xcap_sample').map(({ id }) => id);
}

/** What the descriptors of this process are; those of BPF are anonymous inodes named for it. */
function bpfDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /bpf|btf/.test(target) ? [target] : [];
    } catch {
      return []; // the descriptor of the folder itself, gone by now
    }
  });
}

t.test('a sampler that is stopped gives what it has, and then its end', { skip }, async (t) => {
  const sampler = openNativeSampler(OPTIONS);
  await new Promise<void>((resolve) => sampler.start(resolve));
  sampler.stop();
  sampler.stop();
  t.ok((await drain(sampler)) > 0);
  t.equal(sampler.read(new Uint8Array(chunkBytes())), -1);
  sampler.close();
});

t.test('a sampler ends by itself after its samples', { skip }, async (t) => {
  const sampler = openNativeSampler({ ...OPTIONS, iterations: 2 });
  sampler.start(() => {});
  t.ok((await drain(sampler)) > 0);
  sampler.close();
});

t.test('a sampler that is stopped before it starts takes no sample', { skip }, async (t) => {
  const sampler = openNativeSampler(OPTIONS);
  sampler.stop();
  sampler.start(() => {});
  // The run's end, and nothing before it.
  t.equal(await drain(sampler), structOf('run_end').size);
  sampler.close();
});

t.test('a sampler may be closed before it starts, in a run, twice, and read afterwards', { skip }, async (t) => {
  const unstarted = openNativeSampler(OPTIONS);
  unstarted.close();
  unstarted.close();
  t.equal(unstarted.read(new Uint8Array(chunkBytes())), -1);
  t.throws(() => unstarted.start(() => {}), /closed/);

  const running = openNativeSampler(OPTIONS);
  await new Promise<void>((resolve) => running.start(resolve));
  t.throws(() => running.start(() => {}), /started already/);
  running.close();
  running.close();
  running.stop();
  t.equal(running.read(new Uint8Array(chunkBytes())), -1);
});

t.test('read refuses a buffer that is too small for a chunk', { skip }, async (t) => {
  const sampler = openNativeSampler(OPTIONS);
  t.throws(() => sampler.read(new Uint8Array(16)), /must hold \d+ bytes/);
  sampler.close();
});

t.test('two samplers work side by side', { skip }, async (t) => {
  const [one, two] = [openNativeSampler(OPTIONS), openNativeSampler({ ...OPTIONS, iterations: 3 })];
  one.start(() => {});
  two.start(() => {});
  t.ok((await drain(two)) > 0);
  one.stop();
  t.ok((await drain(one)) > 0);
  one.close();
  two.close();
});

const WORKER = `
  const { workerData, parentPort } = require('node:worker_threads');
  import(workerData.native).then(({ openNativeSampler }) => {
    const sampler = openNativeSampler(workerData.options);
    const buffer = new Uint8Array(workerData.chunkBytes);
    sampler.start(() => {
      while (sampler.read(buffer) > 0);
      parentPort.postMessage('data');
    });
    globalThis.kept = sampler;
    if (workerData.exits) sampler.stop();
  });
`;

t.test('a worker thread may end, or be terminated, with its sampler running', { skip }, async (t) => {
  const native = new URL('../../lib/native.js', import.meta.url).href;
  for (const exits of [true, false]) {
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: { native, options: OPTIONS, exits, chunkBytes: chunkBytes() },
    });
    const gone = once(worker, 'exit');
    await once(worker, 'message');
    if (!exits) await worker.terminate();
    await gone;
  }
  t.strictSame(bpfDescriptors(), []);
});

t.test('twenty rounds leave no descriptor, no thread and no BPF object behind', { skip }, async (t) => {
  const before = threads();
  const programsBefore = programs();
  for (let round = 0; round < 20; round++) {
    const sampler = openNativeSampler(OPTIONS);
    sampler.start(() => {});
    sampler.close();
  }
  t.strictSame(bpfDescriptors(), []);
  t.equal(threads(), before);
  // The kernel frees programs a moment after their last user has gone. Another xcapture may have had its own before.
  await until('our programs to go', () => programs().every((id) => programsBefore.includes(id)));
});
