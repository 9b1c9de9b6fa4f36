/** Options that several commands have. */
import { resolveColumns } from '../lookup/column-names.js';
import { parseWhere } from '../rules/where.js';
import { retention } from './amounts.js';
import type { Option } from './option.js';

const OF_RECORDING = { option: 'outputDir', because: 'is for a recording', remedy: 'add -o DIR' } as const;

export const OUTPUT_DIR = {
  name: 'outputDir',
  group: 'Recording',
  short: 'o',
  long: ['output-dir'],
  argument: 'DIR',
  help: 'record hourly CSV files into DIR',
} as const satisfies Option;

export const APPEND = {
  name: 'append',
  group: 'Columns',
  short: 'G',
  long: ['append', 'append-columns'],
  argument: 'COLS',
  repeatable: true,
  help: 'add the columns COLS to those of the table, of NDJSON, or of the CSV of samples',
  parse: resolveColumns,
  header: 'list',
} as const satisfies Option;

export const WHERE = {
  name: 'where',
  group: 'Output',
  long: ['where'],
  argument: 'EXPR',
  repeatable: true,
  help: 'keep only samples for which COL=VALUE, COL!=VALUE or COL~REGEX holds; if repeated, all must hold',
  parse: (typed) => {
    parseWhere(typed);
    return [typed];
  },
} as const satisfies Option;

export const RETAIN = {
  name: 'retain',
  group: 'Recording',
  long: ['retain'],
  argument: 'AGE|SIZE',
  help: 'remove the oldest whole hours beyond an age (36h, 7d) or a size (500M, 20G) of the recording',
  needs: OF_RECORDING,
  parse: retention,
} as const satisfies Option;

export const COMPRESS = {
  name: 'compress',
  group: 'Recording',
  long: ['compress'],
  help: 'turn hours of the recording into Parquet once they are closed',
  needs: OF_RECORDING,
} as const satisfies Option;

export const HELP = {
  name: 'help',
  group: 'Information',
  short: 'h',
  long: ['help'],
  help: 'print this help',
} as const satisfies Option;

export const VERSION = {
  name: 'version',
  group: 'Information',
  short: 'V',
  long: ['version'],
  help: 'print the version',
} as const satisfies Option;
