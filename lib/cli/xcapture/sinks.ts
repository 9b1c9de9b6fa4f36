/** Where records go: a row for each sink. A new one is a stream, its option and its row. */
import type { Duplex, Writable } from 'node:stream';
import { CSV_KEYS } from '../../csv/columns.js';
import type { ColumnName } from '../../schema/columns.js';
import { DEFAULT_KEYS, LAYOUTS } from '../../schema/layouts.js';
import { ndjsonSink } from '../../streams/ndjson-sink.js';
import { nullSink } from '../../streams/null-sink.js';
import { selectColumns } from '../../streams/select-columns.js';
import { tableSink, type TableSink } from '../../streams/table-sink.js';
import { terminalOf } from '../../table/terminal.js';
import type { Option } from '../option.js';
import { OUTPUT_DIR } from '../shared-options.js';
import type { Settings } from './settings.js';

export const SINK_OPTIONS = [
  {
    name: 'ndjson',
    group: 'Output',
    long: ['ndjson'],
    help: 'print each record as a line of JSON, instead of a table',
  },
  {
    ...OUTPUT_DIR,
    conflicts: {
      options: ['narrow', 'wide', 'columns'],
      because: 'records the same columns always, % cannot change them',
      remedy: '-G adds columns',
    },
  },
] as const satisfies readonly Option[];

/** A sink at work. */
interface Outlet {
  readonly stages: readonly Duplex[];
  readonly sink: Writable;
  /** Called when all is written. */
  readonly atEnd?: () => void;
}

interface Sink {
  /** The option that asks for it. */
  readonly option?: (typeof SINK_OPTIONS)[number]['name'];
  /** What it shows when no option says so. */
  readonly columns: readonly ColumnName[];
  readonly usesStandardOutput: boolean;
  readonly open: (settings: Settings) => Outlet;
}

export type Output = 'ndjson' | 'csv' | 'table';

/** The first one that is asked for is it; the last one is it otherwise. */
export const SINKS: Readonly<Record<Output, Sink>> = {
  ndjson: {
    option: 'ndjson',
    columns: DEFAULT_KEYS,
    usesStandardOutput: true,
    open: (settings) => ({
      stages: needsSelection(settings) ? [selectColumns(settings.columns)] : [],
      sink: ndjsonSink(),
    }),
  },
  // A recording writes what passes it (`recorder`), also for another sink.
  csv: {
    option: 'outputDir',
    columns: CSV_KEYS,
    usesStandardOutput: false,
    open: () => ({ stages: [], sink: nullSink() }),
  },
  table: { columns: LAYOUTS.normal, usesStandardOutput: true, open: openTable },
};

/** Does the source give more keys than are to be shown? The live one gives what was asked for, by --where, too. */
function needsSelection({ replay, isDefaultKeys, needed, columns }: Settings): boolean {
  return replay === undefined ? needed.some((column) => !columns.includes(column)) : !isDefaultKeys;
}

function openTable({ columns, payload, printStacks, all }: Settings): Outlet {
  const terminal = () => terminalOf(process.stdout, process.env);
  const { color } = terminal();
  const sink = tableSink({ columns, payload, stacks: printStacks, width: () => terminal().width, color });
  const atEnd = () => {
    if (!all && sink.rowCount === 0) hintAtIdleTasks(sink);
  };
  return { stages: [], sink, atEnd };
}

function hintAtIdleTasks({ sampleCount }: TableSink): void {
  if (sampleCount === 0) return;
  const samples = sampleCount === 1 ? 'this sample' : `these ${sampleCount} samples`;
  const command = process.env['npm_lifecycle_event'] === 'start' ? 'npm start -- -a' : 'xcapture -a';
  process.stderr.write(`No task was active in ${samples}. The idle ones are shown by: ${command}\n`);
}
