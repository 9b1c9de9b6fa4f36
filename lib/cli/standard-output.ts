/** Standard output, where a Unix tool has to look twice. */
import { readFileSync, readlinkSync } from 'node:fs';
import { XcaptureError } from '../errors.js';

const O_ACCMODE = 3;
const O_RDWR = 2;

/** Node opens /dev/null for reading and writing in place of a standard stream that is closed (src/node.cc). */
function isNullForBoth(fd: number): boolean {
  const [, flags = '0'] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return readlinkSync(`/proc/self/fd/${fd}`) === '/dev/null' && (Number.parseInt(flags, 8) & O_ACCMODE) === O_RDWR;
}

/**
 * Throws `XcaptureError` when standard output is closed (`>&-`): everything written would be lost in silence. A daemon
 * that has all its standard streams on /dev/null wants it so.
 */
export function requireStandardOutput(): void {
  if (isNullForBoth(1) && !isNullForBoth(0)) {
    throw new XcaptureError('XCAP_NO_STDOUT', 'standard output is closed', { hint: 'send it to a file or to a pipe' });
  }
}
