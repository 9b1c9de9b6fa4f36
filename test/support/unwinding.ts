/** The stacks of a stopped process: as gdb sees them, and as native/rust does. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { until } from './poll.js';
import { stateLetter, threadsOf } from './proc.js';

const run = promisify(execFile);
const UNWIND_PROCESS = fileURLToPath(new URL('../../../build/test/unwind-process', import.meta.url));
const GDB_FRAMES = fileURLToPath(new URL('../../../test/support/gdb-frames.py', import.meta.url));
const MAX_BUFFER = 64 << 20;

/** The flags of native/rust/unwind.h. */
export const FLAGS = { COMPLETE: 1, SLICE_ENDED: 2, FRAME_POINTER: 4, BROKEN: 32 };
const FIRST_SHIFT = 8;

/** Addresses are in hex, the innermost frame is the first. */
export interface Unwound {
  tid: number;
  flags: number;
  frames: string[];
}

export interface Compared extends Unwound {
  /** gdb's frames, as far as they are code. */
  expected: string[];
  agrees: boolean;
}

interface Stack {
  tid: number;
  frames: string[];
}

async function gdbStacks(pid: number, symbols: string | undefined): Promise<Map<number, string[]>> {
  const extra = symbols === undefined ? [] : ['-ex', `file ${symbols}`];
  const { stdout } = await run('gdb', ['-nx', '-batch', '-p', String(pid), ...extra, '-x', GDB_FRAMES], {
    maxBuffer: MAX_BUFFER,
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('thread '));
  const stacks = lines.map((line) => JSON.parse(line.slice('thread '.length)) as Stack);
  return new Map(stacks.map(({ tid, frames }) => [tid, frames]));
}

async function ourStacks(pid: number, sliceBytes: number): Promise<Unwound[]> {
  const { stdout } = await run(UNWIND_PROCESS, [String(pid), String(sliceBytes)], { maxBuffer: MAX_BUFFER });
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Unwound);
}

/** Says whether an address is mapped as code. */
function codeOf(pid: number): (address: string) => boolean {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const ranges = lines.filter((line) => /^\S+ ..x/.test(line)).map((line) => line.split(' ', 1)[0]!.split('-'));
  const numbers = ranges.map(([start, end]) => [BigInt(`0x${start}`), BigInt(`0x${end}`)] as const);
  return (address) => {
    const number = BigInt(`0x${address}`);
    return numbers.some(([start, end]) => start <= number && number < end);
  };
}

/**
 * Without unwind data gdb guesses, and then shows what is no code, or ends. What it says until then must be there; a
 * frame that was left by its frame pointer is such a place.
 */
function compare(ours: Unwound, gdb: readonly string[], isCode: (address: string) => boolean): Compared {
  const lost = gdb.findIndex((address, index) => index > 0 && !isCode(address));
  const expected = lost < 0 ? [...gdb] : gdb.slice(0, lost);
  const guessed = (ours.flags & FLAGS.FRAME_POINTER) !== 0;
  const known = guessed ? (ours.flags >>> FIRST_SHIFT) + 1 : Math.max(expected.length, ours.frames.length);
  const agrees = ours.frames.slice(0, known).join() === expected.slice(0, known).join();
  return { ...ours, expected, agrees };
}

/**
 * Stops the process, asks both about every thread, and lets it go on.
 * @param symbols the program with what gdb needs, where the one that runs was stripped of it
 */
export async function compareStacks(pid: number, sliceBytes: number, symbols?: string): Promise<Compared[]> {
  process.kill(pid, 'SIGSTOP');
  try {
    await until('the process stops', () => threadsOf(pid).every((tid) => /[Tt]/.test(stateLetter(tid) ?? 'T')));
    const isCode = codeOf(pid);
    const [ours, gdb] = [await ourStacks(pid, sliceBytes), await gdbStacks(pid, symbols)];
    return ours.map((stack) => compare(stack, gdb.get(stack.tid) ?? [], isCode));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
