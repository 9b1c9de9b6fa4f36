/** System calls that take a path show it as it was given. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sampleThreads, startThreads } from '../support/in-threads.js';
import { bpfSkipReason } from '../support/rights.js';
import { runXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const noFuse = skip || (existsSync('/dev/fuse') ? false : 'there is no /dev/fuse');

/** In latin1, so that each character is a byte. */
const ODD = 'dir-odd/stuck\r\n"quoted" \x1b[2J \xc2\x9b31m \x7f \xff back\\slash {"type":"summary"}';
const ODD_SHOWN = 'dir-odd/stuck\r\n"quoted" \x1b[2J \u009b31m \x7f \ufffd back\\slash {"type":"summary"}';
/** As characters: C0 but for the newline, DEL, C1. */
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;
/** PATH_MAX without the zero byte. */
const LONGEST = 4095;
const longest = `dir-longest${'/'.repeat(LONGEST - 'dir-longest'.length - 'stuck'.length)}stuck`;

t.test('a call that waits for a path shows the path as it was given', { skip: noFuse }, async (t) => {
  const folder = t.testdir({});
  const special: Record<string, string> = {
    openat_fifo: '../fifo',
    openat_absolute: join(folder, 'mount/dir-absolute/stuck'),
    openat_longest: longest,
    openat_page_end: 'dir-page-end/stuck',
    openat_dirfd: 'stuck',
    openat_odd: ODD_SHOWN,
  };
  const threads = await startThreads(t, 'path-calls', [folder, Buffer.from(ODD, 'latin1').toString('hex')]);
  const rows = await sampleThreads(t, threads);
  t.ok(threads.tids.size >= 39, `${threads.tids.size} calls`);
  t.equal(rows.size, threads.tids.size);
  // In the program's file: not read where that is on a file system that another program or machine serves.
  const literal = rows.get('openat_literal')?.filename;
  t.ok(literal === undefined || literal === 'dir-literal/stuck', `${literal}: absent or right`);
  rows.delete('openat_literal');
  for (const [name, { syscall, filename, connection }] of rows) {
    t.equal(syscall, name.startsWith('openat_') ? 'openat' : name);
    t.equal(filename, special[name] ?? `dir-${name}/stuck`, `path of ${name}`);
    t.equal(connection, undefined);
  }
});

t.test('the longest path of control characters is whole, also when it is all escapes', { skip: noFuse }, async (t) => {
  // Names have at most 255 bytes, and `..` leads out of each of these again.
  const around = `dir${'\x01'.repeat(252)}/../`;
  const odd = `${around.repeat(15)}${'/'.repeat(LONGEST - 15 * around.length - 'stuck'.length)}stuck`;
  t.equal(odd.length, LONGEST);
  const threads = await startThreads(t, 'path-calls', [t.testdir({}), Buffer.from(odd).toString('hex')]);
  const rows = await sampleThreads(t, threads, ['-a', '--where', 'filename~^dir\x01']);
  t.strictSame([...rows.keys()], ['openat_odd']);
  t.ok(rows.get('openat_odd')?.filename === odd);
});

t.test('the table shows paths escaped', { skip: noFuse }, async (t) => {
  const { pid } = await startThreads(t, 'path-calls', [t.testdir({}), Buffer.from(ODD, 'latin1').toString('hex')]);
  const { status, stdout } = await runXcapture(t, ['-a', '-p', pid, '-i', 1, '-g', 'tid,syscall,filename']);
  t.equal(status, 0);
  t.notMatch(stdout.toString(), CONTROLS);
  t.match(
    stdout.toString(),
    `dir-odd/stuck\\r\\n"quoted" \\x1b[2J \\x9b31m \\x7f \ufffd back\\slash {"type":"summary"}`,
  );
});
