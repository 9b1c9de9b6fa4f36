/** The command `xcapture-stacks`: stacks of NDJSON or of a recording, as flame graphs and profiles. */
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
import { command } from '../command.js';
import { onFirstSignal } from '../on-first-signal.js';
import { print } from '../print.js';
import type { Values } from '../option.js';
import { usage, type CommandLine } from '../read-options.js';
import { lineReporter, warn } from '../report.js';
import { OPTIONS } from './options.js';

const PROGRAM = 'xcapture-stacks';
type Settings = Values<typeof OPTIONS>;

const help = (options: string): string => `Usage: ${PROGRAM} [OPTION…] [FILE…]
       ${PROGRAM} [OPTION…] -i DIR

Makes flame graphs and profiles of what xcapture -k -u has seen: NDJSON from a pipe or from files,
or a recorded directory. A stack is, root first: the values of --by, user frames, kernel frames.

${options}
Every sample counts, also one without a stack: [no stack] (with --kernel [no kernel stack], with
--user [no user stack]). A column without a value is [no COLUMN], and a stack whose record is
missing is its hash: [kstack 0123456789abcdef]. Folded and speedscope mark kernel frames with _[k]
and inlined ones with _[i]; the pictures show on-CPU (RUN, RUNQ) in warm colours and off-CPU in
blue; pprof has the values of --by as labels, and both weights.

Examples:
  sudo xcapture -k -u -F 20 -i 200 --ndjson | ${PROGRAM} > out.folded
  ${PROGRAM} --format html --strip-offsets --weight us out.ndjson > out.html
  ${PROGRAM} -i /var/lib/xcapture --by state,comm --where reason=active -f svg > out.svg

Exit status: 0 done, also when the reader of the pipe went away; 1 failure; 2 usage; 3 done, but
lines were no records.
`;

const WRITERS: Readonly<
  Record<Settings['format'], (counts: StackCounts, weight: Weight) => Iterable<string | Uint8Array>>
> = {
  folded,
  speedscope,
  pprof: (counts, weight) => [pprof(counts, weight)],
  svg: (counts, weight) => [svg(flameTree(counts, weight))],
  html: (counts, weight) => [html(flameTree(counts, weight))],
};

type Lines = ReturnType<typeof lineReporter>;

function open(inputDir: string | undefined, files: readonly string[], signal: AbortSignal, lines: Lines): Readable {
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

async function run({ values, operands: files }: CommandLine<typeof OPTIONS>): Promise<number> {
  const { inputDir, where, weight, format, kernel, user } = values;
  if (inputDir !== undefined && files.length > 0) {
    throw usage(`-i ${inputDir} and ${files[0]!} conflict`, 'read a directory or files');
  }
  const counts = new StackCounts({ ...values, side: kernel ? 'kernel' : user ? 'user' : 'both' });
  const end = new AbortController();
  const lines = lineReporter();
  const source = open(inputDir, files, end.signal, lines);
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

export const main = command(PROGRAM, { options: OPTIONS, help, takesFiles: true, run });
