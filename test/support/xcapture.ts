/** The real command, run as a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { Test } from 'tap';
import type { HeaderRecord, LossRecord, SampleRecord, StreamRecord, SummaryRecord } from '../../lib/index.js';
import { PLAIN } from './environment.js';
import { XCAPTURE } from './paths.js';
import { parseLine } from './schema.js';

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** What comes on stdin. Default: nothing. */
  input?: string | Buffer;
  /** Run as `wrapper … node xcapture.js …`; the wrapper must exec. */
  wrapper?: readonly string[];
  /** stdin stays open, and the test writes to it. */
  isOpen?: boolean;
  /** Default: xcapture. */
  program?: string;
  /** Called when the first sample is on stdout, in NDJSON. */
  onFirstSample?: () => void;
  /**
   * The kernel may fail to tell of the end of a block request (ARCHITECTURE.md, "Tracking"), and then the status is 3.
   */
  mayLose?: boolean;
}

export interface RunResult {
  /** Exit status; `null` when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

/** A recording: what one run has written, each line held against the JSON Schema. */
export interface Run extends RunResult {
  records: StreamRecord[];
  header: HeaderRecord;
  summary: SummaryRecord;
  losses: LossRecord[];
  rows: SampleRecord[];
  /** The rows of each sample that has any, in order. */
  samples: SampleRecord[][];
}

/** Starts the command. It ends with the test `t` at the latest. */
export function startXcapture(t: Test, args: readonly (string | number)[], options: RunOptions = {}): ChildProcess {
  const [command, ...rest] = [
    ...PLAIN,
    ...(options.wrapper ?? []),
    process.execPath,
    options.program ?? XCAPTURE,
    ...args.map(String),
  ];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: options.env ?? process.env });
  // A run that ends before it has read its input is no mistake of the test.
  child.stdin.on('error', () => {});
  if (!options.isOpen) child.stdin.end(options.input);
  t.teardown(() => void child.kill('SIGKILL'));
  return child;
}

/** Runs the command to its end. */
export async function runXcapture(
  t: Test,
  args: readonly (string | number)[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = startXcapture(t, args, options);
  const { onFirstSample } = options;
  if (onFirstSample) {
    child.stdout!.on('data', function look(chunk: Buffer) {
      if (!chunk.includes('"type":"sample"')) return;
      child.stdout!.off('data', look);
      onFirstSample();
    });
  }
  const [stdout, stderr, [status, signal]] = await Promise.all([
    buffer(child.stdout!),
    buffer(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { status, signal, stdout, stderr: stderr.toString() };
}

/** Rows by their sample, in the order of the stream. */
export function samplesOf(rows: readonly SampleRecord[]): SampleRecord[][] {
  const samples = new Map<string | undefined, SampleRecord[]>();
  for (const row of rows) {
    const sample = samples.get(row.timestamp);
    if (sample) sample.push(row);
    else samples.set(row.timestamp, [row]);
  }
  return [...samples.values()];
}

/** Every line of the stream, checked. */
export function parseNdjson(stdout: Buffer): StreamRecord[] {
  const text = stdout.toString();
  if (!text.endsWith('\n')) throw new Error('the stream does not end with its line');
  return text.slice(0, -1).split('\n').map(parseLine);
}

/**
 * Runs `xcapture --ndjson`, which must end with status 0 (3 where it may lose) and whole: header first, summary last.
 */
export async function record(t: Test, args: readonly (string | number)[], options: RunOptions = {}): Promise<Run> {
  const result = await runXcapture(t, ['--ndjson', ...args], options);
  if (result.status !== 0 && !(options.mayLose && result.status === 3))
    throw new Error(`xcapture ${args.join(' ')}: ${result.status ?? result.signal}: ${result.stderr}`);
  const records = parseNdjson(result.stdout);
  const [header] = records;
  const summary = records.at(-1);
  if (header?.type !== 'header' || summary?.type !== 'summary') throw new Error('no header first, or no summary last');
  const rows = records.filter((one): one is SampleRecord => one.type === 'sample');
  return {
    ...result,
    records,
    header: header as HeaderRecord,
    summary: summary as SummaryRecord,
    losses: records.filter((one): one is LossRecord => one.type === 'loss'),
    rows,
    samples: samplesOf(rows),
  };
}
