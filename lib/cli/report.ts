/** What people read on stderr: one line each, in which nothing can act on their terminal. */
import { basename } from 'node:path';
import { XcaptureError } from '../errors.js';
import { escapeControls } from '../format/terminal-text.js';

/** The command's name, also when a symbolic link has led to it. */
const PROGRAM = basename(process.argv[1] ?? 'xcapture', '.js');
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

/** So many malformed lines are named one by one. */
const MAX_NAMED = 10;

export interface LineReporter {
  /** Lines reported so far. */
  readonly count: number;
  /** @param where the line's number, or what it is called */
  report: (where: number | string, reason: string) => void;
  /** Says how many there were. */
  end: () => void;
}

/** Names the first lines that were left out, and counts the others. */
export function lineReporter(): LineReporter {
  let count = 0;
  return {
    get count() {
      return count;
    },
    report: (where, reason) => {
      const name = typeof where === 'number' ? `line ${where}` : where;
      if (++count <= MAX_NAMED) warn(`${name} is no record and was left out: ${reason}`);
      else if (count === MAX_NAMED + 1) warn('more such lines are counted only');
    },
    end: () => {
      if (count > 0) warn(`${count} lines were no records`);
    },
  };
}
