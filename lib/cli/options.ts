/** THE table of options. Makes the parser's work and the help; the README's table is a copy that a test compares. */

import { APPEND, COMPRESS, HELP, OUTPUT_DIR, RETAIN, VERSION, type Option } from './option.js';

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
  {
    name: 'cgroups',
    short: 'C',
    long: ['cgroups', 'print-cgroups'],
    help: 'resolve cgroup ids to paths: a column of the table, records of NDJSON and CSV',
  },
  {
    name: 'track',
    short: 't',
    long: ['track'],
    argument: 'WHAT',
    repeatable: true,
    help: 'time what a sample has caught to its end: syscall, iorq (block I/O), or both: syscall,iorq',
  },
  { name: 'trackAll', short: 'T', long: ['track-all'], help: 'the same as -t syscall,iorq' },
  { name: 'passive', short: 'P', long: ['passive'], help: 'attach no tracepoint: refuses -t and -T' },
  OUTPUT_DIR,
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
  APPEND,
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
    argument: 'FILE|DIR',
    help: 'records from an NDJSON file, - for stdin, or from a recorded directory, instead of the kernel',
  },
  {
    name: 'from',
    long: ['from'],
    argument: 'DATE',
    help: 'replay: only from this time on (2026-11-23T01:00 local, or with Z or an offset)',
  },
  { name: 'to', long: ['to'], argument: 'DATE', help: 'replay: only before this time' },
  { name: 'verbose', short: 'v', long: ['verbose'], help: 'what each sample costs, on stderr' },
  RETAIN,
  COMPRESS,
  { name: 'list', short: 'l', long: ['list'], help: 'list the columns: name, type, unit, description' },
  { name: 'schema', long: ['schema'], help: 'print the documentation of all records and columns' },
  { name: 'jsonSchema', long: ['json-schema'], help: 'print the JSON Schema of one line of NDJSON' },
  HELP,
  VERSION,
] as const satisfies readonly Option[];

export type OptionName = (typeof OPTIONS)[number]['name'];
