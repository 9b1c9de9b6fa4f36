/** Puts the pipeline together that the settings ask for, and runs it. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { XcaptureError } from '../errors.js';
import { terminalOf } from '../format/terminal.js';
import { dropCapabilities } from '../native.js';
import { parseWhere } from '../rules/where.js';
import { filter } from '../streams/filter.js';
import { idle } from '../streams/idle.js';
import { metrics } from '../streams/metrics.js';
import { ndjsonSink } from '../streams/ndjson-sink.js';
import { replay } from '../streams/replay.js';
import { sampler, type Sampler } from '../streams/sampler.js';
import { selectColumns } from '../streams/select-columns.js';
import { tableSink, type TableSink } from '../streams/table-sink.js';
import type { Settings } from './parse.js';
import { warn } from './report.js';
import { requireStandardOutput } from './standard-output.js';

/** So many malformed lines are named one by one. */
const MAX_NAMED = 10;

interface Source {
  stream: Readable;
  /** Stages that do what the kernel does for a live source. */
  stages: Duplex[];
  /** Ends the stream soon, and in good order. */
  stop: () => void;
  /** Records lost so far. */
  lost: () => number;
}

/** Runs until the source ends or a signal comes. Returns the exit status; throws the first error. */
export async function run(settings: Settings): Promise<number> {
  requireStandardOutput();
  const source = settings.replay === undefined ? liveSource(settings) : replaySource(settings, settings.replay);
  const table = settings.ndjson ? undefined : tableFor(settings);
  const stages = [...source.stages];
  if (settings.where.length > 0) stages.push(filter({ where: settings.where }));
  if (settings.ndjson && needsSelection(settings)) stages.push(selectColumns(settings.columns));
  if (settings.verbose) stages.push(metrics(process.stderr, source.lost));

  const removeHandlers = onFirstSignal(source.stop);
  try {
    await pipeline([source.stream, ...stages, table ?? ndjsonSink()]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    removeHandlers();
  }
  if (table && !settings.all && table.rowCount === 0) hintAtIdleTasks(table);
  return source.lost() > 0 ? 3 : 0;
}

function liveSource(settings: Settings): Source {
  requireProcesses(settings.pids);
  const needed = new Set([...settings.columns, ...settings.where.map((text) => parseWhere(text).column)]);
  const stream: Sampler = sampler({
    freq: settings.freq,
    iterations: settings.iterations,
    durationMs: settings.durationMs,
    all: settings.all,
    pids: settings.pids,
    daemonPorts: settings.daemonPorts,
    columns: [...needed],
    verbose: settings.verbose,
    headerOptions: settings.given,
  });
  stream.once('ready', dropCapabilities);
  return { stream, stages: [], stop: () => stream.stop(), lost: () => stream.lost };
}

function replaySource(settings: Settings, file: string): Source {
  if (file !== '-' && statSync(file).isDirectory()) {
    throw new XcaptureError('XCAP_NO_RECORDING', `${file} is a directory`, { hint: 'name a file of NDJSON' });
  }
  const input = file === '-' ? process.stdin : createReadStream(file);
  const end = new AbortController();
  let malformed = 0;
  const stream = replay(input, {
    iterations: settings.iterations,
    durationMs: settings.durationMs,
    signal: end.signal,
    onWarning: warn,
    onMalformed: (line, reason) => {
      if (++malformed <= MAX_NAMED) warn(`line ${line} is no record and was left out: ${reason}`);
      else if (malformed === MAX_NAMED + 1) warn('more such lines are counted only');
    },
  });
  const stages = [filter({ pids: settings.pids })];
  if (!settings.all) stages.push(idle({ daemonPorts: settings.daemonPorts }));
  const lost = () => malformed;
  stream.once('close', () => {
    if (malformed > 0) warn(`${malformed} lines were no records`);
  });
  return { stream, stages, stop: () => end.abort(), lost };
}

/** Does the source give more keys than are to be shown? The live one gives what was asked for, by --where, too. */
function needsSelection(settings: Settings): boolean {
  if (settings.replay !== undefined) return !settings.isDefaultKeys;
  return settings.where.some((text) => !settings.columns.includes(parseWhere(text).column));
}

function tableFor(settings: Settings): TableSink {
  const terminal = () => terminalOf(process.stdout, process.env);
  return tableSink({ columns: settings.columns, width: () => terminal().width, color: terminal().color });
}

function requireProcesses(pids: readonly number[]): void {
  for (const pid of pids) {
    const tgid = tgidOf(pid);
    if (tgid === undefined) {
      throw new XcaptureError('XCAP_NO_PROCESS', `there is no process ${pid}`, { hint: 'ps -e lists them' });
    }
    if (tgid !== pid) {
      throw new XcaptureError('XCAP_NO_PROCESS', `${pid} is a thread of process ${tgid}`, { hint: `-p ${tgid}` });
    }
  }
}

/** The process that a thread belongs to; `undefined` when there is no such thread. */
function tgidOf(tid: number): number | undefined {
  try {
    return Number(/^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${tid}/status`, 'utf8'))?.[1]);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The first SIGINT, SIGTERM or SIGHUP ends the run in good order, a second one at once. Returns how to undo it. */
function onFirstSignal(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const remove = () => {
    for (const signal of signals) process.off(signal, handle);
  };
  const handle = () => {
    remove();
    stop();
  };
  for (const signal of signals) process.on(signal, handle);
  return remove;
}

function hintAtIdleTasks({ sampleCount }: TableSink): void {
  if (sampleCount === 0) return;
  const samples = sampleCount === 1 ? 'this sample' : `these ${sampleCount} samples`;
  const command = process.env['npm_lifecycle_event'] === 'start' ? 'npm start -- -a' : 'xcapture -a';
  process.stderr.write(`No task was active in ${samples}. The idle ones are shown by: ${command}\n`);
}
