/** What a thread on its CPU shows: in a system call or not, running or waiting for its turn. */
import os from 'node:os';
import t from 'tap';
import type { SampleRecord } from '../../lib/index.js';
import { waitForState } from '../support/asleep.js';
import { timeSkipReason } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload, type Workload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
/** Of the samples of a thread in user space, so many may really have hit its call, which takes 1 us in 500 us. */
const MAX_HIT = 0.02;
const cpus = os.availableParallelism();
const oneCpu = skip || (cpus < 2 ? 'this needs two CPUs' : false);
/** The CPU that the burners compete for. */
const CPU = 1;
const onCpu = (cpu: string) => ({ wrapper: ['taskset', '-c', cpu] });
const isRunning = ({ state }: SampleRecord) => state === 'RUN';

t.test(
  'a thread that computes between its calls shows none of them, and one in a long call shows that',
  { skip: skip || timeSkipReason },
  async (t) => {
    const { pid, ready } = await startWorkload(t, 'compute', [0, cpus - 1]);
    // On a busy machine, too, the two have most of their CPUs, but not before xcapture has started there.
    const onFirstSample = () => {
      for (const tid of Object.values(ready)) os.setPriority(tid, -10);
    };
    const { rows } = await record(t, ['-F', 500, '-i', 250, '-p', pid], { onFirstSample });
    // A thread that has lost its CPU may have done so on the way out of its call: that is where the kernel gives a CPU
    // to somebody else, and /proc/PID/syscall shows the call then, too.
    const running = rows.filter(isRunning);
    const computing = running.filter(({ tid }) => tid === ready['user']);
    const inCall = running.filter(({ tid }) => tid === ready['call']);

    t.ok(computing.length >= 80, `${computing.length} samples of the thread that computes`);
    const caught = computing.filter(({ syscall }) => syscall !== undefined);
    t.ok(caught.length <= computing.length * MAX_HIT, `${caught.length} of ${computing.length} show a call`);
    t.strictSame(
      computing.filter((row) => row.syscall === undefined && row.sysc_arg1 !== undefined),
      [],
      'without a call there are no arguments',
    );

    t.ok(inCall.length >= 80, `${inCall.length} samples of the thread in a call`);
    const shown = inCall.filter(({ syscall }) => syscall === 'getrandom');
    t.ok(shown.length > inCall.length * 0.95, `${shown.length} of ${inCall.length} show getrandom`);
    t.strictSame([...new Set(shown.map((row) => row.sysc_arg2))], [(8 << 20).toString(16)]);
  },
);

t.test('a thread that waits for a page shows a system call only if it made one', { skip }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'page-fault');
  for (const tid of Object.values(ready)) await waitForState(tid, 'S');
  const { rows } = await record(t, ['-a', '-p', pid, '-i', 3, '-F', 20]);
  t.equal(rows.length, 6);
  for (const { tid, syscall } of rows) {
    t.equal(syscall, tid === ready['call'] ? 'read' : undefined, tid === ready['call'] ? 'in a call' : 'in user space');
  }
});

t.test(
  'of the threads that compete for a CPU one runs and the others wait, in every sample',
  { skip: oneCpu },
  async (t) => {
    // Real-time burners take turns of 100 ms, and let no third task come between. They begin with the samples, because
    // the kernel takes 5 % of each second from such tasks: this is over before.
    let burning: Promise<Workload> | undefined;
    // -a: an idle machine has no row otherwise, and so no first sample.
    const run = await record(t, ['-a', '-F', 100, '-i', 90], {
      ...onCpu('0'),
      onFirstSample: () => {
        burning = startWorkload(t, 'burner', [CPU, CPU], { wrapper: ['chrt', '--rr', '1'] });
      },
    });
    const { ready } = await burning!;
    const burners = new Set(Object.values(ready));
    const ownOf = (rows: readonly SampleRecord[]) => rows.filter(({ tid }) => burners.has(tid!));
    // After the one in which the second has come, and perhaps not yet to its CPU.
    const samples = run.samples.slice(run.samples.findIndex((rows) => ownOf(rows).length === 2) + 1);
    t.ok(samples.length >= 40, `${samples.length} samples of both`);
    const good = samples.filter((rows) => {
      const own = ownOf(rows);
      const others = own.filter((row) => !isRunning(row));
      return (
        own.length === 2 &&
        rows.filter((row) => row.cpu === CPU && isRunning(row)).length === 1 &&
        others.every(({ state }) => state === 'RUNQ')
      );
    });
    // The two are read microseconds one after the other, and may have taken turns meanwhile.
    t.ok(good.length >= samples.length * 0.97, `${good.length} of ${samples.length} samples`);

    const rows = ownOf(samples.flat());
    t.ok(rows.every(({ cpu, reason }) => cpu === CPU && reason === 'active'));
    const shareOf = (one: number) =>
      samples.flat().filter((row) => row.tid === one && isRunning(row)).length / samples.length;
    for (const tid of burners)
      t.ok(shareOf(tid) > 0.05 && shareOf(tid) < 0.95, `ran in ${shareOf(tid)} of the samples`);
  },
);

t.test('a thread whose CPU the sampler has taken still runs', { skip: oneCpu }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'burner', [CPU]);
  const { rows } = await record(t, ['-p', `${pid},${ready['burner1']}`, '-F', 100, '-i', 40], {
    ...onCpu(String(CPU)),
    onFirstSample: () => os.setPriority(ready['burner1']!, -10),
  });
  // Now and then it really waits, for a third task, or for a thread of xcapture without that priority.
  t.ok(
    rows.filter(isRunning).length >= rows.length / 5,
    `in ${rows.filter(isRunning).length} of ${rows.length} samples`,
  );
});
