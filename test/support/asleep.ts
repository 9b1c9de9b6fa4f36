/** Waits for threads to be where the test wants them. */
import { until } from './poll.js';
import { stateLetter, syscallLine } from './proc.js';

/** Until the thread is off its CPU, in a wait of this kind: the letter of /proc/PID/stat. */
export async function waitForState(tid: number, letter: string): Promise<void> {
  await until(`thread ${tid} in state ${letter}`, () => stateLetter(tid) === letter);
}

/** Until the thread waits inside a system call. */
export async function waitForSyscall(pid: number, tid: number): Promise<void> {
  await until(`thread ${tid} in a call`, () => /^\d/.test(syscallLine(pid, tid) ?? '') && stateLetter(tid) !== 'R');
}
