/** What /proc says of processes and threads: the witness that has nothing to do with BPF. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `undefined` when the task has gone, or nobody may look at it. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Ids of all processes. */
export const processes = (): number[] => numbersIn('/proc');

/** Ids of a process's threads. */
export const threadsOf = (pid: number): number[] => numbersIn(`/proc/${pid}/task`);

/** The letter that stands for the task's state. */
export function stateLetter(tid: number): string | undefined {
  const stat = read(`/proc/${tid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).at(0);
}

/** May root look at this process? Some kernels hide one even from root, and then from BPF as well. */
export function isOpen(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/cwd`);
    return true;
  } catch {
    return false;
  }
}

/** A line of /proc/PID/status, without its name. */
export function statusField(tid: number, name: string): string | undefined {
  const status = read(`/proc/${tid}/status`);
  return status && new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
}

/** The processes that `pid` has started, and those that they have. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map(processes().map((one) => [one, Number(statusField(one, 'PPid'))]));
  const isBelow = (one: number | undefined): boolean => one !== undefined && (one === pid || isBelow(parents.get(one)));
  return [...parents].filter(([, parent]) => isBelow(parent)).map(([one]) => one);
}

/** Where a link of /proc leads; `undefined` when there is none, or nobody may see it. */
export function linkOf(pid: number, name: 'exe' | 'root' | 'ns/pid' | 'ns/mnt'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}

export const cmdlineOf = (pid: number): string | undefined => read(`/proc/${pid}/cmdline`);

/** /proc/TID/syscall as it is: `running`, `-1 SP PC`, or the number, six arguments, SP and PC. */
export const syscallLine = (pid: number, tid: number): string | undefined =>
  read(`/proc/${pid}/task/${tid}/syscall`)?.trim();

/** How often the thread has left its CPU: the same at two times when it has not run in between. */
export function switchesOf(pid: number, tid: number): string | undefined {
  const status = read(`/proc/${pid}/task/${tid}/status`);
  return status && [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm)].map(([, n]) => n).join();
}

/**
 * The number of the system call in such a line, and its arguments in hex; `undefined` when it is in none. A thread that
 * the kernel made has no stack pointer in user space, and what looks like a call is a left-over.
 */
export function parseSyscall(line: string): { nr: number; args: string[] } | undefined {
  const [nr, ...rest] = line.split(' ');
  if (nr === 'running' || Number(nr) < 0 || rest[6] === '0x0') return undefined;
  return { nr: Number(nr), args: rest.slice(0, 6).map((arg) => arg.replace('0x', '')) };
}
