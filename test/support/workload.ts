/**
 * Workloads: programs whose behaviour is known. One prints a line that begins with `ready` once it is what it should
 * be, followed by `name=number` pairs for the test, and it dies with the test that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { workloadPath } from './paths.js';

export interface Workload {
  /** Process id, as this PID namespace numbers it. */
  pid: number;
  /** What the ready line said. */
  ready: Readonly<Record<string, number>>;
  child: ChildProcess;
  /** SIGKILL, and waits until it is gone. */
  stop: () => Promise<void>;
}

export interface WorkloadOptions {
  /** argv[0], where it is not the program's path. */
  argv0?: string;
  /** Run as `wrapper … program arguments`; the wrapper must exec. */
  wrapper?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

function parseReady(line: string): Record<string, number> {
  const pairs = line
    .trim()
    .split(' ')
    .slice(1)
    .map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
}

/** Rejects when the program ends without the line. */
async function readyLine(child: ChildProcess, name: string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) if (line.startsWith('ready')) return line;
  throw new Error(`${name} ended before it was ready`);
}

/**
 * Starts a program and waits for its ready line. It ends with the test `t` at the latest.
 * @param program a name in test/workloads, or an absolute path
 */
export async function startWorkload(
  t: Test,
  program: string,
  args: readonly (string | number)[] = [],
  options: WorkloadOptions = {},
): Promise<Workload> {
  const path = program.startsWith('/') ? program : workloadPath(program);
  const [command, ...rest] = [...(options.wrapper ?? []), path, ...args.map(String)];
  const child = spawn(command!, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(options.argv0 !== undefined && { argv0: options.argv0 }),
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const gone = once(child, 'close');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    child.stdout.destroy();
    await gone;
  };
  t.teardown(stop);
  await once(child, 'spawn');
  const ready = parseReady(await readyLine(child, program));
  return { pid: child.pid!, ready, child, stop };
}
