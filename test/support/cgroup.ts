/** Control groups for a test, which go with it. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { until } from './poll.js';

/** Where a version 2 hierarchy is mounted, or a version 1 hierarchy with this controller; `undefined` when nowhere. */
export function cgroupMount(controller?: string): string | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const mount = mounts.find(([, , type, options]) =>
    controller ? type === 'cgroup' && options!.split(',').includes(controller) : type === 'cgroup2',
  );
  return mount?.[1];
}

/** Writes to files that are there. */
function tryWrite(file: string, text: string): void {
  if (existsSync(file)) writeFileSync(file, text);
}

async function removeGroup(path: string): Promise<void> {
  tryWrite(join(path, 'cgroup.freeze'), '0');
  tryWrite(join(path, 'freezer.state'), 'THAWED');
  for (const pid of readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has gone meanwhile.
    }
  }
  await until(`${path} to be empty`, () => readFileSync(join(path, 'cgroup.procs'), 'utf8') === '');
  rmdirSync(path);
}

/**
 * Makes a group, and returns its path. What is in it at the end of the test is killed. A group that will be frozen is
 * made after the workloads that it will hold: what was made last ends first, and a frozen process does not end.
 */
export function makeGroup(t: Test, mount: string, name: string): string {
  const path = join(mount, name);
  mkdirSync(path);
  t.teardown(() => removeGroup(path));
  return path;
}

/** Moves a process into the group, with all its threads. */
export function joinGroup(path: string, pid: number): void {
  writeFileSync(join(path, 'cgroup.procs'), String(pid));
}
