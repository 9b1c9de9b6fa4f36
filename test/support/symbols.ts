/** Workloads that say which of their addresses are in which function. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { openNativeSymbolizer, type NativeSymbolizer } from '../../lib/native.js';
import type { StackFrame } from '../../lib/schema/frames.js';
import { until } from './poll.js';

const SOURCES = new URL('../../../test/workloads/', import.meta.url).pathname;

/** The symbolizer, closed at the test's end. */
export function openSymbolizer(t: Test): NativeSymbolizer {
  const symbolizer = openNativeSymbolizer();
  if (!symbolizer) throw new Error('the addon is built without blazesym');
  t.teardown(() => symbolizer.close());
  return symbolizer;
}

/** The frames of one stack. */
export async function framesOf(
  symbolizer: NativeSymbolizer,
  pid: number,
  addrs: readonly bigint[],
): Promise<StackFrame[]> {
  const [frames] = await symbolizer.symbolize([{ pid, addrs: BigUint64Array.from(addrs) }]);
  return frames ?? [];
}

/** A folder that goes with the test; not below /tmp, which some tests cover. */
export function folder(t: Test): string {
  const path = mkdtempSync('/var/tmp/xcapture-symbols-');
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Without the sanitizers that this process may run under: compilers do not take them. */
const ENVIRONMENT = { ...process.env, LD_PRELOAD: undefined };

const COMPILERS = {
  c: ['cc', '-O2', '-g', '-fno-omit-frame-pointer', '-pthread'],
  cc: ['g++', '-O2', '-g'],
  rs: ['rustc', '-O', '-g'],
};

/** Compiles test/workloads/symbols.`language` and returns the path of the program. */
export function compile(
  t: Test,
  { language = 'c', flags = [] }: { language?: keyof typeof COMPILERS; flags?: readonly string[] } = {},
): string {
  const program = join(folder(t), 'program');
  const [compiler = '', ...options] = COMPILERS[language];
  execFileSync(compiler, [...options, ...flags, `${SOURCES}symbols.${language}`, '-o', program], { env: ENVIRONMENT });
  return program;
}

export interface Running {
  pid: number;
  /** What it has said: addresses by name, leaf first. */
  says: Readonly<Record<string, readonly bigint[]>>;
  /** Ends it, and resolves when it has gone. */
  end(): Promise<void>;
}

/** Starts a command that says `ready` in the end, perhaps after it has become another one by exec. */
export async function start(t: Test, command: string, args: readonly string[] = []): Promise<Running> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: ENVIRONMENT });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  t.teardown(end);
  const says: Record<string, bigint[]> = {};
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') break;
    const [name = '', ...addrs] = line.split(' ');
    says[name] = addrs.map((addr) => BigInt(`0x${addr}`));
  }
  child.stdout.resume();
  return { pid: child.pid ?? 0, says, end };
}

/** The only child of a process, when it has one. */
export async function childOf(pid: number): Promise<number> {
  const read = () => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  await until('a child', () => read() > 0);
  return read();
}

/** Where the first byte of a program is. */
export function baseOf(pid: number, program: string): bigint {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const [first] = lines.find((line) => line.includes(program))?.split('-') ?? [];
  return BigInt(`0x${first}`);
}

/** What binutils says of an address in a program: functions with `file:line`, the innermost first. */
export function addr2line(program: string, addr: bigint): string[] {
  const lines = execFileSync('addr2line', ['-fie', program, addr.toString(16)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return Array.from({ length: lines.length / 2 }, (_, i) => {
    const [file = '', line = ''] = (lines[2 * i + 1] ?? '').replace(/ .*/, '').split(/:(?=\d+$)/);
    return `${lines[2 * i]} ${file}:${line}`;
  });
}
