/** The processes that a run is about: who lives at the start, and whether one still does. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { XcaptureError } from '../errors.js';

/** Once looked at, a process is believed to live for so long. */
const LOOK_MS = 100;
/** The fields that are needed lie in the first 20 of /proc/PID/stat: numbers, and a name of 64 bytes at most. */
const STAT_BYTES = 512;
/** Fields of /proc/PID/stat, counted behind the name. Source: proc_pid_stat(5). */
const STATE = 0;
const NUM_THREADS = 17;

const isGone = (error: unknown) => ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');

/** `undefined` instead of the error when there is no such process. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The process that a thread belongs to; `undefined` when there is no such thread. */
const tgidOf = (tid: number): number | undefined =>
  unlessGone(() => Number(/^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${tid}/status`, 'utf8'))?.[1]));

function requireLeader(pid: number): void {
  const tgid = tgidOf(pid) ?? pid;
  if (tgid === pid) return;
  throw new XcaptureError('XCAP_NO_PROCESS', `${pid} is a thread of process ${tgid}`, { hint: `-p ${tgid}` });
}

function named(pids: readonly number[]): string {
  if (pids.length === 1) return `process ${pids[0]}`;
  return `processes ${pids.slice(0, -1).join(', ')} and ${pids.at(-1)}`;
}

/**
 * Holds a file open for each process: the state of its leader. Such a file never speaks of another process that gets
 * the number later, and it can be read by a process that may not open it any more. The stat file of the whole process
 * would cost more: the kernel adds up the times of all its threads.
 */
export class Processes {
  /** Those that lived at the start. */
  readonly pids: readonly number[];
  readonly #files = new Map<number, number>();
  readonly #stat = Buffer.alloc(STAT_BYTES);
  #lookedAt = 0;

  /**
   * Throws `XcaptureError` when none lives, or when one is a thread of another.
   * @param onWarning is told of those that do not live
   */
  constructor(pids: readonly number[], onWarning: (text: string) => void) {
    pids.forEach(requireLeader);
    const missing: number[] = [];
    for (const pid of pids) {
      const file = unlessGone(() => openSync(`/proc/${pid}/task/${pid}/stat`, 'r'));
      if (file === undefined) missing.push(pid);
      else this.#files.set(pid, file);
    }
    const text = `there ${missing.length === 1 ? 'is' : 'are'} no ${named(missing)}`;
    if (this.#files.size === 0) throw new XcaptureError('XCAP_NO_PROCESS', text, { hint: 'ps -e lists them' });
    if (missing.length > 0) onWarning(`${text}; the others are sampled`);
    this.pids = [...this.#files.keys()];
  }

  /** What to say when they have ended. */
  get farewell(): string {
    return `${named(this.pids)} ${this.pids.length === 1 ? 'has' : 'have'} ended`;
  }

  /** Have all of them ended? Costs a read of one file, and that ten times a second at most. */
  haveEnded(): boolean {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return false;
    this.#lookedAt = now;
    for (const [pid, file] of this.#files) {
      if (this.#lives(file)) return false;
      closeSync(file);
      this.#files.delete(pid);
    }
    return true;
  }

  /** Any number of times. */
  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  /** A zombie has ended when it is the last of its threads: a leader waits for the others as one. */
  #lives(file: number): boolean {
    const bytes = unlessGone(() => readSync(file, this.#stat, 0, STAT_BYTES, 0));
    if (bytes === undefined) return false;
    const text = this.#stat.toString('latin1', 0, bytes);
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return !'ZX'.includes(fields[STATE]!) || Number(fields[NUM_THREADS]) > 1;
  }
}
