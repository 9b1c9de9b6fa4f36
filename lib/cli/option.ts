/** Options of a command, and those that several commands have. */

export interface Option {
  /** Key in the parsed result. */
  readonly name: string;
  readonly short?: string;
  /** Long names: the first is shown, the others work, too. */
  readonly long: readonly string[];
  /** Name of its argument; absent for a switch. */
  readonly argument?: string;
  /** May be given several times, and then adds up. Of the others the last one counts. */
  readonly repeatable?: true;
  readonly help: string;
}

export const OUTPUT_DIR = {
  name: 'outputDir',
  short: 'o',
  long: ['output-dir'],
  argument: 'DIR',
  help: 'record hourly CSV files into DIR',
} as const satisfies Option;

export const APPEND = {
  name: 'append',
  short: 'G',
  long: ['append', 'append-columns'],
  argument: 'COLS',
  help: 'add columns to the layout, or to the CSV of samples',
} as const satisfies Option;

export const RETAIN = {
  name: 'retain',
  long: ['retain'],
  argument: 'AGE|SIZE',
  help: 'recording: remove the oldest whole hours beyond an age (36h, 7d) or a size (500M, 20G)',
} as const satisfies Option;

export const COMPRESS = {
  name: 'compress',
  long: ['compress'],
  help: 'recording: turn closed hours into Parquet',
} as const satisfies Option;

export const HELP = { name: 'help', short: 'h', long: ['help'], help: 'print this help' } as const satisfies Option;

export const VERSION = {
  name: 'version',
  short: 'V',
  long: ['version'],
  help: 'print the version',
} as const satisfies Option;
