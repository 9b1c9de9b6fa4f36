/** Puts the pipeline together that the settings ask for, and runs it. */
import { createReadStream, statSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { terminalOf } from '../../table/terminal.js';
import type { ColumnName } from '../../schema/columns.js';
import { CsvRecording } from '../../recording/csv-recording.js';
import { dropCapabilities, openNativeSymbolizer } from '../../native.js';
import { parseWhere } from '../../rules/where.js';
import { countRecords } from '../../streams/count-records.js';
import { filter } from '../../streams/filter.js';
import { idle } from '../../streams/idle.js';
import { metrics } from '../../streams/metrics.js';
import { ndjsonSink } from '../../streams/ndjson-sink.js';
import { nullSink } from '../../streams/null-sink.js';
import { recorder } from '../../streams/recorder.js';
import { replayDirectory } from '../../streams/replay-directory.js';
import { replay } from '../../streams/replay.js';
import { resolveCgroups } from '../../streams/resolve-cgroups.js';
import { sampler, type Sampler } from '../../streams/sampler.js';
import { selectColumns } from '../../streams/select-columns.js';
import { symbolize } from '../../streams/symbolize.js';
import { tableSink, type TableSink } from '../../streams/table-sink.js';
import type { Settings } from './settings.js';
import { onFirstSignal } from '../on-first-signal.js';
import { lineReporter, warn } from '../report.js';
import { requireStandardOutput } from '../standard-output.js';

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
  if (settings.outputDir === undefined || settings.ndjson) requireStandardOutput();
  const recording = settings.outputDir === undefined ? undefined : await openRecording(settings.outputDir, settings);
  const source =
    settings.replay === undefined ? liveSource(settings, recording) : replaySource(settings, settings.replay);
  const table = settings.ndjson || recording ? undefined : tableFor(settings);
  const lost = () => source.lost() + (recording?.lost ?? 0);
  const stages = [...source.stages];
  if (settings.where.length > 0) stages.push(filter({ where: settings.where }));
  stages.push(countRecords());
  if (recording) stages.push(recorder(recording));
  if (settings.ndjson && needsSelection(settings)) stages.push(selectColumns(settings.columns));
  if (settings.verbose) stages.push(metrics(process.stderr, lost));
  const sink = table ?? (settings.ndjson ? ndjsonSink() : nullSink());

  const removeHandlers = onFirstSignal(() => {
    if (recording) recording.isHurried = true;
    source.stop();
  });
  try {
    await pipeline([source.stream, ...stages, sink]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    removeHandlers();
  }
  if (table && !settings.all && table.rowCount === 0) hintAtIdleTasks(table);
  return lost() > 0 ? 3 : 0;
}

/** What the sink shows, the conditions look at, and filters join completions with. */
const columnsNeeded = ({ columns, where, track }: Settings) =>
  new Set<ColumnName>([
    ...columns,
    ...where.map((text) => parseWhere(text).column),
    ...(where.length > 0 && track.length > 0 ? (['sysc_seq_num', 'iorq_seq_num'] as const) : []),
  ]);

function liveSource(settings: Settings, recording?: CsvRecording): Source {
  const needed = columnsNeeded(settings);
  const stream: Sampler = sampler({
    freq: settings.freq,
    iterations: settings.iterations,
    durationMs: settings.durationMs,
    all: settings.all,
    pids: settings.pids,
    daemonPorts: settings.daemonPorts,
    columns: [...needed],
    cgroups: settings.cgroups,
    track: settings.track,
    trackLight: settings.trackLight,
    payload: settings.payload,
    stacks: settings.stacks,
    verbose: settings.verbose,
    headerOptions: settings.given,
    onWarning: warn,
  });
  const symbolizer = settings.stacks.length > 0 && !settings.noSymbolize ? openNativeSymbolizer() : undefined;
  stream.once('ready', () =>
    dropCapabilities({ keepsDacOverride: recording?.needsDacOverride, keepsSymbols: settings.stacks.length > 0 }),
  );
  return {
    stream,
    stages: symbolizer ? [symbolize(symbolizer)] : [],
    stop: () => stream.stop(),
    lost: () => stream.lost,
  };
}

function replaySource(settings: Settings, file: string): Source {
  const end = new AbortController();
  const lines = lineReporter();
  const { iterations, durationMs, from, to } = settings;
  const options = { iterations, durationMs, from, to, signal: end.signal, onMalformed: lines.report };
  const stream =
    file !== '-' && statSync(file).isDirectory()
      ? replayDirectory(file, options)
      : replay(file === '-' ? process.stdin : createReadStream(file), { ...options, onWarning: warn });
  const stages = [filter({ pids: settings.pids })];
  if (columnsNeeded(settings).has('cgroup')) stages.push(resolveCgroups());
  if (!settings.all) stages.push(idle({ daemonPorts: settings.daemonPorts }));
  const lost = () => lines.count;
  stream.once('close', lines.end);
  return { stream, stages, stop: () => end.abort(), lost };
}

/** What is told of a recording goes to stderr. */
async function openRecording(directory: string, settings: Settings): Promise<CsvRecording> {
  return CsvRecording.open(directory, {
    append: settings.appended,
    retain: settings.retain,
    compress: settings.compress,
    onMessage: warn,
    onBadRecord: (_index, reason) => warn(`a record cannot be recorded: ${reason}`),
  });
}

/** Does the source give more keys than are to be shown? The live one gives what was asked for, by --where, too. */
function needsSelection(settings: Settings): boolean {
  if (settings.replay !== undefined) return !settings.isDefaultKeys;
  return [...columnsNeeded(settings)].some((column) => !settings.columns.includes(column));
}

function tableFor(settings: Settings): TableSink {
  const terminal = () => terminalOf(process.stdout, process.env);
  const { columns, payload, printStacks: stacks } = settings;
  return tableSink({ columns, payload, stacks, width: () => terminal().width, color: terminal().color });
}

function hintAtIdleTasks({ sampleCount }: TableSink): void {
  if (sampleCount === 0) return;
  const samples = sampleCount === 1 ? 'this sample' : `these ${sampleCount} samples`;
  const command = process.env['npm_lifecycle_event'] === 'start' ? 'npm start -- -a' : 'xcapture -a';
  process.stderr.write(`No task was active in ${samples}. The idle ones are shown by: ${command}\n`);
}
