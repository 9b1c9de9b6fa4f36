/** The command `xcapture-stacks`: stacks of NDJSON or of a recording, as flame graphs and profiles. */
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import v8 from 'node:v8';
import { flameTree } from '../../stacks/flame-tree.js';
import { folded } from '../../stacks/folded.js';
import { html } from '../../stacks/html.js';
import { pprof } from '../../stacks/pprof.js';
import { speedscope } from '../../stacks/speedscope.js';
import { StackCounts, type Weight } from '../../stacks/stack-counts.js';
import { svg } from '../../stacks/svg.js';
import { contents } from '../../streams/contents.js';
import { filter } from '../../streams/filter.js';
import { replayDirectory } from '../../streams/replay-directory.js';
import { replay } from '../../streams/replay.js';
import { stacksSink } from '../../streams/stacks-sink.js';
import { optionRows, versionText } from '../help.js';
import { onFirstSignal } from '../on-first-signal.js';
import { print } from '../print.js';
import { usage } from '../read-options.js';
import { lineReporter, report, warn } from '../report.js';
import { STACKS_OPTIONS } from './options.js';
import { stacksSettings, type StacksSettings } from './settings.js';

const PROGRAM = 'xcapture-stacks';
const helpText = () => `Usage: ${PROGRAM} [OPTION…] [FILE…]
       ${PROGRAM} [OPTION…] -i DIR

Makes flame graphs and profiles of what xcapture -k -u has seen: NDJSON from a pipe or from files, or a recorded
directory. A stack is, root first: the values of --by, user frames, kernel frames.

${optionRows(STACKS_OPTIONS)}
Every sample counts, also one without a stack: [no stack] (with --kernel [no kernel stack], with --user [no user stack]).
A column without a value is [no COLUMN], and a stack whose record is missing is its hash: [kstack 0123456789abcdef].
Folded and speedscope mark kernel frames with _[k] and inlined ones with _[i]; the pictures show on-CPU (RUN, RUNQ) in warm
colours and off-CPU in blue; pprof has the values of --by as labels, and both weights.

Examples:
  sudo xcapture -k -u -F 20 -i 200 --ndjson | ${PROGRAM} > out.folded
  ${PROGRAM} --format html --strip-offsets --weight us out.ndjson > out.html
  ${PROGRAM} -i /var/lib/xcapture --by state,syscall,comm --where reason=active --format svg > out.svg

Exit status: 0 done, also when the reader of the pipe went away; 1 failure; 2 usage; 3 done, but lines were no records.
`;

const WRITERS: Readonly<
  Record<StacksSettings['format'], (counts: StackCounts, weight: Weight) => Iterable<string | Uint8Array>>
> = {
  folded,
  speedscope,
  pprof: (counts, weight) => [pprof(counts, weight)],
  svg: (counts, weight) => [svg(flameTree(counts, weight))],
  html: (counts, weight) => [html(flameTree(counts, weight))],
};

interface Source {
  readonly inputDir: string | undefined;
  readonly files: readonly string[];
}

function open({ inputDir, files }: Source, signal: AbortSignal, lines: ReturnType<typeof lineReporter>): Readable {
  const options = { signal, onMalformed: lines.report };
  if (inputDir !== undefined) return replayDirectory(inputDir, options);
  const directory = files.find((file) => statSync(file).isDirectory());
  if (directory !== undefined)
    throw usage(`${directory} is a directory`, `-i ${directory} reads what is recorded in it`);
  if (files.length === 0 && process.stdin.isTTY) {
    throw usage('standard input is a terminal', 'pipe xcapture -k -u --ndjson into it, or name a file or -i DIR');
  }
  return replay(files.length > 0 ? contents(files) : process.stdin, { ...options, onWarning: warn });
}

async function run(settings: StacksSettings): Promise<number> {
  const { inputDir, where, weight, format } = settings;
  const counts = new StackCounts(settings);
  const end = new AbortController();
  const lines = lineReporter();
  const source = open(settings, end.signal, lines);
  const removeHandlers = onFirstSignal(() => end.abort());
  try {
    await pipeline([source, filter({ where }), stacksSink(counts, { hasRuns: inputDir === undefined })]);
  } finally {
    removeHandlers();
    lines.end();
  }
  if (counts.samples === 0) warn(where.length > 0 ? 'no sample is left by --where' : 'there are no samples');
  if (weight === 'us' && counts.weightless > 0) warn(`${counts.weightless} samples have no weight_us and count as 0`);
  await print(WRITERS[format](counts, weight));
  return lines.count > 0 ? 3 : 0;
}

/** Runs the command. Returns its exit status; errors are reported on stderr. */
export async function stacksMain(argv: readonly string[]): Promise<number> {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  process.stderr.on('error', () => {});
  try {
    const settings = stacksSettings(PROGRAM, argv);
    if (settings.action === 'help') await print(helpText());
    else if (settings.action === 'version') await print(versionText(PROGRAM));
    else return await run(settings);
    return 0;
  } catch (error) {
    return report(error);
  }
}
