/** The command `xcapture-csv`: NDJSON from a pipe or files to hourly CSV. */
import { pipeline } from 'node:stream/promises';
import { CsvRecording } from '../../recording/csv-recording.js';
import type { Batch } from '../../batch.js';
import { contents } from '../../streams/contents.js';
import { nullSink } from '../../streams/null-sink.js';
import { recorder } from '../../streams/recorder.js';
import { replay } from '../../streams/replay.js';
import { command } from '../command.js';
import { onFirstSignal } from '../on-first-signal.js';
import { usage, type CommandLine } from '../read-options.js';
import { lineReporter, warn } from '../report.js';
import { OPTIONS } from './options.js';
import { unknownKeys } from './unknown-keys.js';

const PROGRAM = 'xcapture-csv';
const help = (options: string): string => `Usage: ${PROGRAM} -o DIR [FILE…]

Records what xcapture --ndjson wrote, from files or from a pipe, as hourly CSV files in DIR: the
files that xcapture -o DIR makes. Unknown types of records go to the meta file of the hour.

${options}
Examples:
  sudo xcapture -a --ndjson | ${PROGRAM} -o /var/lib/xcapture
  zcat old.ndjson.gz | ${PROGRAM} -o old

Exit status: 0 done; 1 failure; 2 usage; 3 done, but lines or records were lost.
`;

async function record({ values, operands: files }: CommandLine<typeof OPTIONS>): Promise<number> {
  if (values.outputDir === undefined) throw usage('-o DIR is missing', 'it names the directory to record into');
  const lines = lineReporter();
  const keys = unknownKeys(warn);
  let lineOf: ((index: number) => number) | undefined;
  const recording = await CsvRecording.open(values.outputDir, {
    ...values,
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

export const main = command(PROGRAM, { options: OPTIONS, help, takesFiles: true, run: record });
