/** Which hierarchy of control groups tells where a task belongs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HIERARCHIES } from '../schema/enums.js';

export type Hierarchy = (typeof HIERARCHIES)[number]['name'];

function mounts(root: string): { path: string; type: string }[] {
  return readFileSync(join(root, 'self/mountinfo'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [before = '', after] = line.split(' - ');
      // Octal escapes stand for blanks; such a mount is found by its type all the same.
      return after === undefined ? [] : [{ path: before.split(' ')[4]!, type: after.split(' ')[0]! }];
    });
}

function hasGroups(path: string): boolean {
  try {
    return readdirSync(path, { withFileTypes: true }).some((entry) => entry.isDirectory());
  } catch (error) {
    // Mounted over, or not for this user: nothing speaks against it.
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return true;
    throw error;
  }
}

/**
 * Version 2 where it has groups, or where no controller is in a version 1 hierarchy; otherwise the first of these.
 * Source: /proc/cgroups, cgroups(7).
 */
export function hierarchyInUse(proc = '/proc'): Hierarchy {
  const controllers = new Map(
    readFileSync(join(proc, 'cgroups'), 'utf8')
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([name, hierarchy]) => [name, Number(hierarchy)]),
  );
  const version1 = HIERARCHIES.map(({ name }) => name).find((name) => (controllers.get(name) ?? 0) > 0);
  if (version1 === undefined) return 'v2';
  return mounts(proc).some(({ path, type }) => type === 'cgroup2' && hasGroups(path)) ? 'v2' : version1;
}
