/** The system calls of threads that wait. */
import t from 'tap';
import { NATIVE_SYSCALLS } from '../../lib/lookup/syscalls.js';
import type { SampleRecord } from '../../lib/index.js';
import { waitForState, waitForSyscall } from '../support/asleep.js';
import { parseSyscall, processes, switchesOf, syscallLine, threadsOf } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();

const argumentsOf = (row: SampleRecord) => [
  row.sysc_arg1,
  row.sysc_arg2,
  row.sysc_arg3,
  row.sysc_arg4,
  row.sysc_arg5,
  row.sysc_arg6,
];

/** `use` of every thread of this machine. Those that have gone meanwhile are left out. */
function ofEveryThread(use: (pid: number, tid: number) => string | undefined): Map<number, string> {
  const values = new Map<number, string>();
  for (const pid of processes()) {
    for (const tid of threadsOf(pid)) {
      const value = use(pid, tid);
      if (value !== undefined) values.set(tid, value);
    }
  }
  return values;
}

t.test('threads that wait in known system calls show these, with their arguments', { skip }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'blocked');
  for (const tid of Object.values(ready)) await waitForSyscall(pid, tid);
  const { rows } = await record(t, ['-a', '-p', pid, '-i', 1]);

  for (const [name, tid] of Object.entries(ready)) {
    const row = rows.find((one) => one.tid === tid)!;
    t.equal(row.syscall, name);
    t.strictSame(argumentsOf(row), parseSyscall(syscallLine(pid, tid)!)!.args, `arguments of ${name}`);
  }
  const argument3 = (name: string) => rows.find((row) => row.tid === ready[name])?.sysc_arg3;
  t.equal(argument3('read'), (4242).toString(16), 'the size that the workload reads');
  t.equal(argument3('write'), (4321).toString(16), 'the size that the workload writes');
});

t.test('every sleeping thread of this machine shows what /proc/PID/syscall shows', { skip }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'blocked');
  for (const tid of Object.values(ready)) await waitForSyscall(pid, tid);

  const switchesBefore = ofEveryThread(switchesOf);
  const lines = ofEveryThread(syscallLine);
  const { rows } = await record(t, ['-a', '-i', 1]);
  const switchesAfter = ofEveryThread(switchesOf);
  // A thread that nobody has switched to meanwhile is where it was.
  const still = rows.filter(({ tid, state }) => {
    const switches = switchesBefore.get(tid!);
    return switches !== undefined && switches === switchesAfter.get(tid!) && !/^RUNQ?$/.test(state!);
  });
  // /proc does not tell a 32-bit call from another.
  const compared = still.filter(
    ({ tid, syscall }) => (lines.get(tid!) ?? 'running') !== 'running' && !syscall?.includes(':'),
  );
  t.ok(compared.length > Object.keys(ready).length, `${compared.length} threads compared`);
  const different = compared.flatMap((row) => {
    const line = lines.get(row.tid!)!;
    const call = parseSyscall(line);
    const expected = call ? [NATIVE_SYSCALLS[call.nr], ...call.args] : [undefined, ...argumentsOf({ type: 'sample' })];
    const got = [row.syscall, ...argumentsOf(row)];
    return String(got) === String(expected) ? [] : [`${row.comm} ${row.state}: ${String(got)}, and /proc: ${line}`];
  });
  t.strictSame(different, []);
});

t.test('a thread that is stopped in a sleep still shows the sleep', { skip }, async (t) => {
  const { ready } = await startWorkload(t, 'states');
  const { stopped, traced, trapped, sleeping } = ready;
  await waitForState(sleeping!, 'S');
  const { rows } = await record(t, ['-a', '-p', [stopped, traced, trapped, sleeping].join(','), '-i', 1]);
  const row = (tid: number | undefined) => rows.find((one) => one.tid === tid)!;

  for (const tid of [stopped, traced, sleeping]) {
    t.equal(row(tid).syscall, 'nanosleep', `in state ${row(tid).state}`);
    t.strictSame(argumentsOf(row(tid)), parseSyscall(syscallLine(tid!, tid!)!)!.args);
  }
  t.equal(row(trapped).syscall, undefined, 'a trap in user space is no system call');
});

t.test(
  'a 32-bit system call of a 64-bit program has the name of the 32-bit table',
  { skip: skip || process.arch !== 'x64' },
  async (t) => {
    const { pid } = await startWorkload(t, 'compat');
    await waitForSyscall(pid, pid);
    const { rows } = await record(t, ['-a', '-p', pid, '-i', 1]);
    t.match(rows, [{ syscall: 'i386:pause', sysc_arg1: '11', sysc_arg2: '12', sysc_arg3: '13' }]);
  },
);
