/** Paths of the files that system calls work on, wherever these files are, against what /proc/PID/fd says. */
import { mkdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { waitForSyscall } from '../support/asleep.js';
import { fdLink } from '../support/fds.js';
import { workloadPath } from '../support/paths.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
/** A process that waits for the lock of a file whose path is known. */
type Case = (t: Test, folder: string) => Promise<{ pid: number; fd: number; filename: string | RegExp }>;

async function lock(t: Test, args: readonly string[], cwd?: string) {
  const { pid, ready } = await startWorkload(t, 'locked', args, cwd === undefined ? {} : { cwd });
  return { pid, fd: ready['fd']! };
}

/** Runs a script in a mount namespace of its own, with the folder as `$0`, the workload as `$1`, and its arguments. */
async function inMountNamespace(t: Test, folder: string, script: string, rest: readonly string[] = []) {
  const args = ['-m', 'sh', '-e', '-c', script, folder, workloadPath('locked'), ...rest];
  const { pid, ready } = await startWorkload(t, '/usr/bin/unshare', args);
  return { pid, fd: ready['fd']! };
}

/** A file of this path. */
const at = (path: string): Case => {
  return async (t) => ({ ...(await lock(t, ['file', path])), filename: path });
};

const LONG_NAME = 'n'.repeat(99);
/**
 * So many directories, one in the other, and a file in the last one. They go with their mount: rm would not find the
 * end.
 */
async function lockInTheDeep(t: Test, folder: string, count: number) {
  const deep = Array.from({ length: count }, () => ['deep', LONG_NAME]).flat();
  const script = 'mount -t tmpfs none "$0"; cd "$0"; exec "$@"';
  const filename = `${folder}${`/${LONG_NAME}`.repeat(count)}/file`;
  return { ...(await inMountNamespace(t, folder, script, [...deep, 'file', 'file'])), filename };
}

/** In latin1, so that each character is a byte. */
const HOSTILE = `x\r\n"quoted", 'too' \x1b]0;title\x07 \xc2\x9b31m \x7f back\\slash \xff\xfe {"type":"summary"}`;
const HOSTILE_SHOWN = `x\r\n"quoted", 'too' \x1b]0;title\x07 \u009b31m \x7f back\\slash \ufffd\ufffd {"type":"summary"}`;

const OVERLAY = `cd "$0"; mkdir -p lower/bin merged own
  echo > lower/bin/file; mount -t tmpfs none own; mkdir own/upper own/work
  mount -t overlay none -o "lowerdir=$0/lower,upperdir=$0/own/upper,workdir=$0/own/work" merged`;

/** Those that /proc/PID/fd shows. */
const AS_PROC_SHOWS: Record<string, Case> = {
  'in a folder it is the path': async (t, folder) => at(join(folder, 'file'))(t, folder),
  'opened by a relative path it is the whole one': async (t, folder) => {
    return { ...(await lock(t, ['file', './file'], folder)), filename: join(folder, 'file') };
  },
  'when it is a folder it is that': async (t, folder) => at(folder)(t, folder),
  'when it is the root it is one slash': at('/'),
  'when it is a device it is its path': at('/dev/null'),
  'in procfs it is there': async (t) => {
    const { pid, fd } = await lock(t, ['file', '/proc/self/status']);
    return { pid, fd, filename: `/proc/${pid}/status` };
  },
  'across a bind mount it is where that is mounted': async (t, folder) => {
    const script = `cd "$0"; mkdir -p from to/the/place; mount --bind from to/the/place; exec "$1" file to/the/place/file`;
    return { ...(await inMountNamespace(t, folder, script)), filename: join(folder, 'to/the/place/file') };
  },
  'when the file itself is a bind mount it is where that is mounted': async (t, folder) => {
    const script = `cd "$0"; touch from to; mount --bind from to; exec "$1" file to`;
    return { ...(await inMountNamespace(t, folder, script)), filename: join(folder, 'to') };
  },
  'below three mounts it is the whole path': async (t, folder) => {
    const script = `cd "$0"; for one in a b c; do mkdir $one; mount -t tmpfs none $one; cd $one; done; exec "$1" file file`;
    return { ...(await inMountNamespace(t, folder, script)), filename: join(folder, 'a/b/c/file') };
  },
  'on an overlay it is the one in the overlay': async (t, folder) => {
    const script = `${OVERLAY}; exec "$1" file merged/bin/file`;
    return { ...(await inMountNamespace(t, folder, script)), filename: join(folder, 'merged/bin/file') };
  },
  'in a mount that was detached it is what is left': async (t, folder) => {
    const script = `cd "$0"; mkdir a; mount -t tmpfs none a; mkdir a/b; exec 9> a/b/file; umount -l a
      exec "$1" file /proc/self/fd/9`;
    return { ...(await inMountNamespace(t, folder, script)), filename: '/b/file' };
  },
  'outside of its chroot it begins at the real root': async (t, folder) => {
    const path = join(folder, 'file');
    mkdirSync(join(folder, 'root'));
    // Where we are in a chroot ourselves, that begins above.
    const filename = new RegExp(`^(/[^/]+)*${path.replaceAll('.', '\\.')}$`);
    return { ...(await lock(t, ['file', path, 'chroot', join(folder, 'root')])), filename };
  },
  'in a chroot it begins there': async (t, folder) => {
    return { ...(await lock(t, ['chroot', folder, 'file', '/inside'])), filename: '/inside' };
  },
  'in a chroot on an overlay it begins there': async (t, folder) => {
    const script = `${OVERLAY}; exec "$1" chroot "$0/merged" file /bin/file`;
    return { ...(await inMountNamespace(t, folder, script)), filename: '/bin/file' };
  },
  'in a container, with a root of its own, it begins there': async (t, folder) => {
    return { ...(await lock(t, ['root', folder, 'file', '/inside'])), filename: '/inside' };
  },
  'when the file was removed it is marked': async (t, folder) => {
    const path = join(folder, 'file');
    const locked = await lock(t, ['file', path]);
    unlinkSync(path);
    return { ...locked, filename: `${path} (deleted)` };
  },
  'when its folder was removed, too, it is marked': async (t, folder) => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const locked = await lock(t, ['file', join(inner, 'file')]);
    unlinkSync(join(inner, 'file'));
    rmdirSync(inner);
    return { ...locked, filename: `${inner}/file (deleted)` };
  },
  'when the file was renamed it is the new one': async (t, folder) => {
    const locked = await lock(t, ['file', join(folder, 'file')]);
    renameSync(join(folder, 'file'), join(folder, 'other name'));
    return { ...locked, filename: join(folder, 'other name') };
  },
  'when another file has taken its place it is marked': async (t, folder) => {
    const locked = await lock(t, ['file', join(folder, 'file')]);
    writeFileSync(join(folder, 'new'), '');
    renameSync(join(folder, 'new'), join(folder, 'file'));
    return { ...locked, filename: join(folder, 'file (deleted)') };
  },
  'in memory it has a name, but no place': async (t) => {
    return { ...(await lock(t, ['memory', 'in memory'])), filename: '/memfd:in memory (deleted)' };
  },
  'in memory with a name as long as can be it is whole': async (t) => {
    // NAME_MAX without the prefix `memfd:`, which is MFD_NAME_MAX_LEN of mm/memfd.c.
    const name = 'm'.repeat(249);
    return { ...(await lock(t, ['memory', name])), filename: `/memfd:${name} (deleted)` };
  },
  'of any bytes it is exact, with U+FFFD for what is no UTF-8': async (t, folder) => {
    const name = Buffer.from(HOSTILE, 'latin1').toString('hex');
    return { ...(await lock(t, ['hex', name], folder)), filename: join(folder, HOSTILE_SHOWN) };
  },
  'of the longest name it is whole': async (t, folder) => at(join(folder, 'n'.repeat(255)))(t, folder),
  'of a thousand characters it is whole': (t, folder) => lockInTheDeep(t, folder, 10),
  'as long as any that proc shows it is whole': (t, folder) =>
    lockInTheDeep(t, folder, Math.floor((4095 - `${folder}/file`.length) / `/${LONG_NAME}`.length)),
};

/** Those where /proc shows an error, because its page is full. */
const MORE_THAN_PROC_SHOWS: Record<string, Case> = {
  'longer than 4096 bytes it is marked as cut, and keeps its end': async (t, folder) => {
    return { ...(await lockInTheDeep(t, folder, 50)), filename: /^…\/(n{99}\/){38,42}file$/ };
  },
};

const verbFor = (expected: string | RegExp) => (typeof expected === 'string' ? 'equal' : 'match');

t.test('the path of the file that a call works on', { skip }, async (t) => {
  const top = t.testdir({});
  const folderFor = (name: string) => {
    mkdirSync(join(top, name));
    return join(top, name);
  };
  const start = (cases: Record<string, Case>) =>
    Promise.all(Object.entries(cases).map(async ([name, run]) => ({ name, ...(await run(t, folderFor(name))) })));
  const shown = await start(AS_PROC_SHOWS);
  const more = await start(MORE_THAN_PROC_SHOWS);
  for (const { pid } of [...shown, ...more]) await waitForSyscall(pid, pid);
  const { rows } = await record(t, ['-a', '-i', 1]);
  const rowOf = (pid: number) => rows.find(({ tid }) => tid === pid)!;
  for (const { name, pid, filename } of [...shown, ...more]) {
    t.equal(rowOf(pid).syscall, 'flock');
    t[verbFor(filename)](rowOf(pid).filename, filename, name);
  }
  for (const { name, pid, fd, filename } of shown)
    t[verbFor(filename)](fdLink(pid, fd), filename, `${name}: so says /proc`);
  for (const { name, pid, fd } of more) t.throws(() => fdLink(pid, fd), { code: 'ENAMETOOLONG' }, name);
});
