/** Puts the pipeline together that the settings ask for, and runs it. */
import { createReadStream, statSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvRecording } from '../../recording/csv-recording.js';
import { dropCapabilities, openNativeSymbolizer } from '../../native.js';
import { countRecords } from '../../streams/count-records.js';
import { filter } from '../../streams/filter.js';
import { idle } from '../../streams/idle.js';
import { metrics } from '../../streams/metrics.js';
import { recorder } from '../../streams/recorder.js';
import { replayDirectory } from '../../streams/replay-directory.js';
import { replay } from '../../streams/replay.js';
import { resolveCgroups } from '../../streams/resolve-cgroups.js';
import { sampler, type Sampler } from '../../streams/sampler.js';
import { symbolize } from '../../streams/symbolize.js';
import type { Settings } from './settings.js';
import { SINKS } from './sinks.js';
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
  const { where, replay: file, outputDir } = settings;
  const { open, usesStandardOutput } = SINKS[settings.output];
  if (usesStandardOutput) requireStandardOutput();
  const recording = outputDir === undefined ? undefined : await openRecording(outputDir, settings);
  const source = file === undefined ? liveSource(settings, recording) : replaySource(settings, file);
  const outlet = open(settings);
  const lost = () => source.lost() + (recording?.lost ?? 0);
  const stages = [...source.stages];
  if (where.length > 0) stages.push(filter({ where }));
  stages.push(countRecords());
  if (recording) stages.push(recorder(recording));
  stages.push(...outlet.stages);
  if (settings.verbose) stages.push(metrics(process.stderr, lost));

  const removeHandlers = onFirstSignal(() => {
    if (recording) recording.isHurried = true;
    source.stop();
  });
  try {
    await pipeline([source.stream, ...stages, outlet.sink]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    removeHandlers();
  }
  outlet.atEnd?.();
  return lost() > 0 ? 3 : 0;
}

function liveSource(settings: Settings, recording?: CsvRecording): Source {
  const stream: Sampler = sampler({ ...settings, columns: settings.needed, onWarning: warn });
  const keepsSymbols = settings.stacks.length > 0;
  const symbolizer = keepsSymbols && !settings.noSymbolize ? openNativeSymbolizer() : undefined;
  stream.once('ready', () => dropCapabilities({ keepsDacOverride: recording?.needsDacOverride, keepsSymbols }));
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
  const options = { ...settings, signal: end.signal, onMalformed: lines.report, onWarning: warn };
  const stream =
    file !== '-' && statSync(file).isDirectory()
      ? replayDirectory(file, options)
      : replay(file === '-' ? process.stdin : createReadStream(file), options);
  const stages = [filter({ pids: settings.pids })];
  if (settings.needed.includes('cgroup')) stages.push(resolveCgroups());
  if (!settings.all) stages.push(idle(settings));
  const lost = () => lines.count;
  stream.once('close', lines.end);
  return { stream, stages, stop: () => end.abort(), lost };
}

/** What is told of a recording goes to stderr. */
const openRecording = (directory: string, settings: Settings): Promise<CsvRecording> =>
  CsvRecording.open(directory, {
    ...settings,
    onMessage: warn,
    onBadRecord: (_index, reason) => warn(`a record cannot be recorded: ${reason}`),
  });
