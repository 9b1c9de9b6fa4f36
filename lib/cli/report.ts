/** What people read on stderr: one line each, in which nothing can act on their terminal. */
import { XcaptureError } from '../errors.js';
import { escapeControls } from '../format/terminal-text.js';

const PROGRAM = 'xcapture';
const USAGE = 2;
const FAILURE = 1;

export function warn(text: string): void {
  process.stderr.write(`${PROGRAM}: ${escapeControls(text)}\n`);
}

/** Reports an error. Returns the exit status. */
export function report(error: unknown): number {
  if (error instanceof XcaptureError) {
    warn(error.hint ? `${error.message}; ${error.hint}` : error.message);
    return error.code === 'XCAP_USAGE' ? USAGE : FAILURE;
  }
  const { code, syscall, path, message, stack } = error as NodeJS.ErrnoException;
  // What the system refused needs no stack; everything else is a mistake of ours.
  if (code && syscall) warn(`cannot ${syscall}${path ? ` ${path}` : ''}: ${code}`);
  else process.stderr.write(`${PROGRAM}: ${stack ?? message ?? String(error)}\n`);
  return FAILURE;
}
