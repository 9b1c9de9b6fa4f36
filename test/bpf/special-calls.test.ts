/** System calls that end in an unusual way, or do not end. */
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { callsEnded, joinCalls } from '../support/joins.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, type Run } from '../support/xcapture.js';

const skip = bpfSkipReason();

interface Told {
  recording: Run;
  pid: number;
  numbers: number[];
}

/** Tracks the workload, which begins once it is waiting in a read. */
async function track(t: Test, what: string, hz: number, samples: number): Promise<Told> {
  const { child, pid } = await startWorkload(t, 'special-calls', [what]);
  const numbers: number[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => numbers.push(Number(line.replace('told ', ''))));
  const recording = await record(t, ['-a', '-t', 'syscall', '-F', hz, '-i', samples, '-p', pid], {
    onFirstSample: () => child.stdin!.write('go\n'),
  });
  joinCalls(t, recording);
  t.equal(recording.summary.lost, 0);
  return { recording, pid, numbers };
}

t.test('a call that was running before the start is timed from its first sample', { skip }, async (t) => {
  const { recording, pid } = await track(t, 'restarted', 50, 100);
  const first = recording.rows.find(({ tid }) => tid === pid)!;
  const [end] = callsEnded(recording);
  t.match(end, { syscall_name: 'read', partial: true, sysc_ret_val: 3, sysc_enter_time: first.sysc_entry_time });
  t.equal(callsEnded(recording).filter(({ partial }) => partial).length, 1);
});

t.test('a call that a signal interrupts ends, and begins anew', { skip }, async (t) => {
  const { recording } = await track(t, 'restarted', 50, 150);
  const ends = callsEnded(recording).filter(({ partial }) => !partial);
  t.ok(ends.length >= 5, `${ends.length} records`);
  for (const end of ends) t.match(end, { syscall_name: 'read', sysc_ret_val: -512, errno: 'ERESTARTSYS' });
});

t.test('vfork lasts as long as the child keeps the memory', { skip }, async (t) => {
  const { recording, numbers } = await track(t, 'vfork', 50, 150);
  const ends = callsEnded(recording).filter(({ syscall_name: name }) => name === 'vfork' || name === 'clone');
  t.ok(ends.length >= 5, `${ends.length} records`);
  for (const { sysc_ret_val: child, duration_ns: duration } of ends) {
    t.ok(numbers.includes(child!), `${child}`);
    t.ok(duration >= 49e6, `${duration}`);
  }
});

t.test('execve returns to the new program', { skip }, async (t) => {
  const { recording, pid } = await track(t, 'exec', 500, 1500);
  const ends = callsEnded(recording).filter(({ syscall_name: name }) => name === 'execve');
  t.ok(ends.length > 0, `${ends.length} records`);
  for (const end of ends) t.match(end, { tid: pid, tgid: pid, sysc_ret_val: 0 });
});

t.test('execve by another thread is told by the id that the sample knew', { skip }, async (t) => {
  const { recording, pid } = await track(t, 'exec2', 500, 1500);
  const ends = callsEnded(recording).filter(({ syscall_name: name }) => name === 'execve');
  t.ok(ends.length > 0, `${ends.length} records`);
  t.ok(
    ends.some(({ tid }) => tid !== pid),
    'some were sampled before the thread got the id of its process',
  );
  for (const end of ends) t.match(end, { tgid: pid, sysc_ret_val: 0 });
});

t.test('a thread that is killed in a call ends it', { skip }, async (t) => {
  const { recording, pid } = await track(t, 'killed', 50, 150);
  const killed = callsEnded(recording).filter(({ tid, syscall_name: name }) => tid !== pid && /nanosleep/.test(name));
  t.equal(killed.length, 1);
  t.ok(!(killed[0]!.sysc_ret_val! >= 0), `${killed[0]!.sysc_ret_val}`);
  t.ok(killed[0]!.duration_ns >= 400e6);
});

t.test('exit_group never returns', { skip }, async (t) => {
  const { recording } = await track(t, 'exit', 1000, 4000);
  t.ok(recording.rows.some(({ syscall }) => syscall === 'exit_group'));
  for (const end of callsEnded(recording).filter(({ syscall_name: name }) => name === 'exit_group'))
    t.match(end, { sysc_ret_val: undefined, errno: undefined });
});
