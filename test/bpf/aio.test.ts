/** Kernel AIO: threads in io_getevents, and what they have in flight. */
import t, { type Test } from 'tap';
import { checkVerdict, fileOf, runCases, type CaseResult } from '../support/cases.js';
import { fuseSkipReason, makeStalledFile } from '../support/fuse.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';

const skip = bpfSkipReason();
const noFuse = skip || fuseSkipReason();

/** `inflight` requests are in flight, the first of them by the descriptor that the case calls fd`first`. */
const POLLS: readonly { name: string; words: string; inflight: number; first?: number; call?: string }[] = [
  { name: 'one request in flight is counted and named', words: 'poll', inflight: 1 },
  { name: 'three requests in flight are counted', words: 'poll*3', inflight: 3 },
  { name: 'a request that was completed and reaped is not in flight', words: 'poll*3 early=1', inflight: 2, first: 1 },
  {
    name: 'a request that was completed but not reaped is not in flight',
    words: 'poll*3 late=1 min=3',
    inflight: 2,
    first: 1,
  },
  {
    name: 'completed, reaped or not, and in flight are told apart',
    words: 'poll*5 early=2 late=1 min=2',
    inflight: 2,
    first: 3,
  },
  { name: 'requests of another thread on another CPU are counted', words: 'poll*3 thread', inflight: 3 },
  {
    name: 'what another thread has submitted and this one has reaped is not',
    words: 'poll*3 thread early=2',
    inflight: 1,
    first: 2,
  },
  { name: 'one of many contexts is the one', words: 'poll*2 contexts=40', inflight: 2 },
  { name: 'io_pgetevents is the same', words: 'poll pgetevents', inflight: 1, call: 'io_pgetevents' },
];

const NOTHING = [
  { name: 'a wait without requests is sleep', words: 'min=1' },
  { name: 'a wait for a context without requests is sleep, though another has some', words: 'poll other' },
  { name: 'a wait whose requests have all been reaped is sleep', words: 'poll*2 early=2' },
];

function checkInFlight(t: Test, result: CaseResult, inflight: number, numbers: readonly number[]): void {
  checkVerdict(t, result, 'aio');
  const { row, pid } = result;
  const aio = row.extra_info!.aio!;
  t.equal(aio.inflight, inflight);
  t.ok(numbers.includes(aio.fd!), `descriptor ${aio.fd} is one of ${numbers.join()}`);
  t.equal(aio.file, fileOf(pid, aio.fd!));
  t.equal(row.aiofilename, aio.file);
}

t.test('io_getevents', { skip }, async (t) => {
  const stalled = noFuse ? undefined : await makeStalledFile(t);
  const resubmitted = noFuse ? undefined : await makeStalledFile(t);
  // Read twice, of which two reads are answered before: each has completed once.
  resubmitted?.answer(2);
  const reads = [1, 3].map((count) => ({ count, words: `read=${stalled?.path}*${count}` }));
  reads.push({ count: 2, words: `read=${stalled?.path}*2 thread` });
  const mixed = `poll read=${stalled?.path}*2`;
  const again = `read=${resubmitted?.path}*2 again`;
  const cases = [...POLLS, ...NOTHING].map(({ words }) => words);
  if (!noFuse) cases.push(...reads.map(({ words }) => words), mixed, again);
  const results = await runCases(t, 'aio', cases, {
    start: (program, args) =>
      (stalled?.start ?? startWorkload.bind(undefined, t))(program, args).finally(() => {
        if (resubmitted) t.teardown(resubmitted.stop);
      }),
  });

  for (const { name, words, inflight, first = 0, call = 'io_getevents' } of POLLS) {
    t.test(name, { skip: results.whyNot(words) }, (t) => {
      const result = results.of(words);
      const numbers = Array.from({ length: inflight }, (_, n) => result.told(`fd${first + n}`));
      checkInFlight(t, result, inflight, numbers);
      t.equal(result.row.syscall, call);
      t.end();
    });
  }

  for (const { name, words } of NOTHING) {
    t.test(name, { skip: results.whyNot(words) }, (t) => {
      const result = results.of(words);
      checkVerdict(t, result, 'sleep');
      t.equal(result.row.extra_info?.aio?.inflight ?? 0, 0);
      t.equal(result.row.aiofilename, undefined);
      t.end();
    });
  }

  t.test('reads that the kernel keeps no list of are counted', { skip: noFuse }, (t) => {
    for (const { count, words } of reads) {
      const result = results.of(words);
      checkVerdict(t, result, 'aio');
      t.equal(result.row.extra_info?.aio?.inflight, count);
      t.ok([undefined, stalled!.path].includes(result.row.aiofilename), 'no other file is named');
    }
    checkInFlight(t, results.of(mixed), 3, [results.of(mixed).told('fd0')]);
    t.end();
  });

  t.test('a read that is submitted once more after its completion names its file', { skip: noFuse }, (t) => {
    const result = results.of(again);
    const { path } = resubmitted!;
    checkVerdict(t, result, 'aio');
    t.match(result.row, { aiofilename: path, extra_info: { aio: { inflight: 2, file: path } } });
    t.end();
  });
});
