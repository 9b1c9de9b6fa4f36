/** What /proc says of descriptors. */
import { readlinkSync } from 'node:fs';
import { linkOf, parseSyscall, syscallLine } from './proc.js';

/**
 * Where the descriptor leads: a path inside the task's root with U+FFFD for what is no UTF-8, or words like
 * `pipe:[4242]`. A path that does not lead through that root is as /proc shows it.
 */
export function fdLink(pid: number, fd: number, tid = pid): string {
  const link = readlinkSync(`/proc/${pid}/task/${tid}/fd/${fd}`, { encoding: 'buffer' }).toString();
  const root = linkOf(tid, 'root');
  if (root === undefined || root === '/') return link;
  return link === root ? '/' : link.startsWith(`${root}/`) ? link.slice(root.length) : link;
}

/** Is the descriptor open? */
export function hasFd(pid: number, fd: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/fd/${fd}`);
    return true;
  } catch {
    return false;
  }
}

/** An argument of the system call that the thread waits in, as a number; the first is 1. */
export function callArgument(pid: number, tid: number, n: number): number {
  return parseInt(parseSyscall(syscallLine(pid, tid)!)!.args[n - 1]!, 16);
}
