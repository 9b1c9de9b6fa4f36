/** Paths of programs, against what /proc/PID/exe says. */
import { copyFileSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { workloadPath } from '../support/paths.js';
import { linkOf } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
/** A process whose program has a path that is known. */
type Case = (t: Test, folder: string) => Promise<{ pid: number; exe: string | RegExp }>;

/** A copy of the workload `sleeper`. */
function copyTo(folder: string, name = 'bin/program'): string {
  const program = join(folder, name);
  mkdirSync(join(program, '..'), { recursive: true });
  copyFileSync(workloadPath('sleeper'), program);
  return program;
}

/** Runs a script in a mount namespace of its own, with the folder as `$0`. */
const inMountNamespace = (t: Test, folder: string, script: string) =>
  startWorkload(t, '/usr/bin/unshare', ['-m', 'sh', '-c', script, folder]);

const LONG_NAME = 'n'.repeat(99);
async function startInTheDeep(t: Test, folder: string, count: number) {
  const { pid } = await startWorkload(t, 'odd-exe', [folder, 'deep', LONG_NAME, count]);
  return { pid, exe: `${folder}${`/${LONG_NAME}`.repeat(count)}/program` };
}

/** Those that look the same from outside: /proc/PID/exe is the witness. */
const AS_PROC_SHOWS: Record<string, Case> = {
  'across a bind mount it is where that is mounted': async (t, folder) => {
    copyTo(folder, 'from/program');
    mkdirSync(join(folder, 'to/the/place'), { recursive: true });
    const script = 'mount --bind "$0/from" "$0/to/the/place" && exec "$0/to/the/place/program"';
    return { ...(await inMountNamespace(t, folder, script)), exe: join(folder, 'to/the/place/program') };
  },
  'outside of its chroot it begins at the real root': async (t, folder) => {
    return { ...(await startWorkload(t, 'sleeper', ['chroot', folder])), exe: workloadPath('sleeper') };
  },
  'in a container, with a root of its own, it begins there': async (t, folder) => {
    const args = ['bind', folder, 'exec', copyTo(folder), 'root', folder];
    return { ...(await startWorkload(t, 'sleeper', args)), exe: '/bin/program' };
  },
  'when the file was removed it is marked': async (t, folder) => {
    const program = copyTo(folder);
    const workload = await startWorkload(t, program);
    unlinkSync(program);
    return { ...workload, exe: `${program} (deleted)` };
  },
  'when the file was renamed it is the new one': async (t, folder) => {
    const program = copyTo(folder);
    const workload = await startWorkload(t, program);
    renameSync(program, join(folder, 'other name'));
    return { ...workload, exe: join(folder, 'other name') };
  },
  'in memory it has a name, but no place': async (t, folder) => {
    const workload = await startWorkload(t, 'odd-exe', [folder, 'memfd', 'in memory']);
    return { ...workload, exe: '/memfd:in memory (deleted)' };
  },
  'of a thousand characters it is whole': (t, folder) => startInTheDeep(t, folder, 10),
  'as long as any that proc shows it is whole': (t, folder) =>
    startInTheDeep(t, folder, Math.floor((4095 - `${folder}/program`.length) / `/${LONG_NAME}`.length)),
};

/** Those where /proc shows something else to a reader outside, or nothing. */
const AS_THE_TASK_SEES_IT: Record<string, Case> = {
  'in a chroot it begins there': async (t, folder) => {
    return { ...(await startWorkload(t, copyTo(folder), ['chroot', folder])), exe: '/bin/program' };
  },
  'on an overlay it is the one in the overlay': async (t, folder) => {
    copyTo(folder, 'lower/bin/program');
    mkdirSync(join(folder, 'merged'));
    mkdirSync(join(folder, 'own'));
    const script = `mount -t tmpfs none "$0/own" && mkdir "$0/own/upper" "$0/own/work" &&
      mount -t overlay none -o "lowerdir=$0/lower,upperdir=$0/own/upper,workdir=$0/own/work" "$0/merged" &&
      exec "$0/merged/bin/program" chroot "$0/merged"`;
    return { ...(await inMountNamespace(t, folder, script)), exe: '/bin/program' };
  },
  'longer than 4096 bytes it is marked as cut, and keeps its end': async (t, folder) => {
    return { ...(await startInTheDeep(t, folder, 50)), exe: /^…\/(n{99}\/){38,42}program$/ };
  },
};

t.test('the path of a program', { skip }, async (t) => {
  const top = t.testdir({});
  const folderFor = (name: string) => {
    mkdirSync(join(top, name));
    return join(top, name);
  };
  const start = (cases: Record<string, Case>) =>
    Promise.all(Object.entries(cases).map(async ([name, run]) => ({ name, ...(await run(t, folderFor(name))) })));
  const shown = await start(AS_PROC_SHOWS);
  const seen = await start(AS_THE_TASK_SEES_IT);
  const { rows } = await record(t, ['-a', '-i', 1]);
  const exeOf = (pid: number) => rows.find(({ tid }) => tid === pid)?.exe;
  for (const { name, pid, exe } of [...shown, ...seen])
    t[typeof exe === 'string' ? 'equal' : 'match'](exeOf(pid), exe, name);
  for (const { name, pid, exe } of shown) t.equal(linkOf(pid, 'exe'), exe, `${name}: so says /proc`);
  for (const { name, pid, exe } of seen) t.not(linkOf(pid, 'exe'), exe, `${name}: not so /proc`);
});

t.test('every process in our root shows what /proc/PID/exe shows', { skip }, async (t) => {
  const { rows } = await record(t, ['-a', '-i', 1]);
  const here = (pid: number) => linkOf(pid, 'root') === '/' && linkOf(pid, 'ns/mnt') === linkOf(process.pid, 'ns/mnt');
  const leaders = rows.filter(({ tid, tgid }) => tid === tgid && here(tid!) && linkOf(tid!, 'exe') !== undefined);
  t.ok(leaders.some(({ tid }) => tid === process.pid));
  for (const { tid, exe } of leaders) t.equal(exe, linkOf(tid!, 'exe'));
});
