/** The command `xcapture-csv`: NDJSON from a pipe or files to hourly CSV. */
import { pipeline } from 'node:stream/promises';
import v8 from 'node:v8';
import { CsvRecording } from '../../recording/csv-recording.js';
import { resolveColumns } from '../../lookup/column-names.js';
import type { Batch } from '../../batch.js';
import { contents } from '../../streams/contents.js';
import { nullSink } from '../../streams/null-sink.js';
import { recorder } from '../../streams/recorder.js';
import { replay } from '../../streams/replay.js';
import { retention } from '../amounts.js';
import { CSV_OPTIONS } from './options.js';
import { optionRows, versionText } from '../help.js';
import { onFirstSignal } from '../on-first-signal.js';
import { print } from '../print.js';
import { readOptions, usage, type Given } from '../read-options.js';
import { lineReporter, report, warn } from '../report.js';
import { unknownKeys } from './unknown-keys.js';

const PROGRAM = 'xcapture-csv';
const helpText = () => `Usage: ${PROGRAM} -o DIR [FILE…]

Records what xcapture --ndjson wrote, from files or from a pipe, as hourly CSV files in DIR: the same files that
xcapture -o DIR makes. Unknown types of records go to the meta file of the hour.

${optionRows(CSV_OPTIONS)}
Examples:
  sudo xcapture -a --ndjson | ${PROGRAM} -o /var/lib/xcapture
  zcat old.ndjson.gz | ${PROGRAM} -o old

Exit status: 0 done; 1 failure; 2 usage; 3 done, but lines or records were lost.
`;

async function record(directory: string, files: readonly string[], given: Given['options']): Promise<number> {
  const append = given.get('append')?.join(',');
  const retain = given.get('retain')?.at(-1);
  const lines = lineReporter();
  const keys = unknownKeys(warn);
  let lineOf: ((index: number) => number) | undefined;
  const recording = await CsvRecording.open(directory, {
    append: append === undefined ? [] : resolveColumns(append),
    retain: retain === undefined ? undefined : retention(retain),
    compress: given.has('compress'),
    onMessage: warn,
    onBadRecord: (index, reason) => lines.report(lineOf!(index), reason),
  });
  const end = new AbortController();
  const input = files.length > 0 ? contents(files) : process.stdin;
  const source = replay(input, {
    signal: end.signal,
    onWarning: warn,
    onMalformed: lines.report,
    keepsLines: true,
  });
  const removeHandlers = onFirstSignal(() => {
    recording.isHurried = true;
    end.abort();
  });
  const onBatch = (batch: Batch) => {
    lineOf = (index) => batch.lines![index]!;
    keys.look(batch);
  };
  try {
    await pipeline([source, recorder(recording, onBatch), nullSink()]);
  } finally {
    removeHandlers();
    lines.end();
    keys.end();
  }
  return recording.lost > 0 || lines.count > 0 ? 3 : 0;
}

/** Runs the command. Returns its exit status; errors are reported on stderr. */
export async function csvMain(argv: readonly string[]): Promise<number> {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  process.stderr.on('error', () => {});
  try {
    const { options, operands } = readOptions(PROGRAM, CSV_OPTIONS, argv);
    if (options.has('help')) await print(helpText());
    else if (options.has('version')) await print(versionText(PROGRAM));
    else {
      const directory = options.get('outputDir')?.at(-1);
      if (directory === undefined) throw usage('-o DIR is missing', 'it names the directory to record into');
      return await record(directory, operands, options);
    }
    return 0;
  } catch (error) {
    return report(error);
  }
}
