/** THE table of options. Makes the parser's work and the help; the README's table is a copy that a test compares. */

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

export const OPTIONS = [
  {
    name: 'freq',
    short: 'F',
    long: ['freq'],
    argument: 'HZ',
    help: 'samples a second, 1 by default; up to 1000, also fractions (0.2)',
  },
  { name: 'iterations', short: 'i', long: ['iterations'], argument: 'N', help: 'stop after N samples' },
  { name: 'duration', long: ['duration'], argument: 'TIME', help: 'stop after 30s, 10m, 2h' },
  { name: 'all', short: 'a', long: ['all'], help: 'every task, also the idle ones' },
  {
    name: 'pid',
    short: 'p',
    long: ['pid', 'pgid'],
    argument: 'PID[,PID…]',
    repeatable: true,
    help: 'only these processes, all their threads',
  },
  {
    name: 'daemonPorts',
    short: 'd',
    long: ['daemon-ports'],
    argument: 'PORT',
    help: "idle rules: a socket whose local port is not above PORT is a daemon's, 10000 by default; 0 shows most",
  },
  { name: 'passive', short: 'P', long: ['passive'], help: 'attach no tracepoint, whatever else is asked for' },
  { name: 'ndjson', long: ['ndjson'], help: 'a JSON object a line instead of a table' },
  { name: 'narrow', short: 'n', long: ['narrow', 'narrow-output'], help: 'few columns' },
  { name: 'wide', short: 'w', long: ['wide', 'wide-output'], help: 'many columns' },
  {
    name: 'columns',
    short: 'g',
    long: ['get-columns'],
    argument: 'COLS',
    help: 'these columns, separated by commas; all for every one',
  },
  {
    name: 'append',
    short: 'G',
    long: ['append', 'append-columns'],
    argument: 'COLS',
    help: 'add columns to the layout',
  },
  {
    name: 'where',
    long: ['where'],
    argument: 'EXPR',
    repeatable: true,
    help: 'only rows with COL=VALUE, COL!=VALUE or COL~REGEX; repeated, all must hold',
  },
  {
    name: 'replay',
    long: ['replay'],
    argument: 'FILE',
    help: 'records from an NDJSON recording, - for stdin, instead of the kernel',
  },
  { name: 'verbose', short: 'v', long: ['verbose'], help: 'what each sample costs, on stderr' },
  { name: 'list', short: 'l', long: ['list'], help: 'list the columns: name, type, unit, description' },
  { name: 'schema', long: ['schema'], help: 'print the documentation of all records and columns' },
  { name: 'jsonSchema', long: ['json-schema'], help: 'print the JSON Schema of one line of NDJSON' },
  { name: 'help', short: 'h', long: ['help'], help: 'print this help' },
  { name: 'version', short: 'V', long: ['version'], help: 'print the version' },
] as const satisfies readonly Option[];

export type OptionName = (typeof OPTIONS)[number]['name'];
