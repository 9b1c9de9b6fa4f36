/** THE table of options of `xcapture`: help, README, settings and usage errors follow from it. */
import { nearest } from '../../lookup/nearest.js';
import { resolveColumns } from '../../lookup/column-names.js';
import { utcOffset } from '../../native.js';
import { DAEMON_PORTS } from '../../rules/idle.js';
import { TRACKED, type Tracked } from '../../schema/records.js';
import { duration, frequency, moment, port, positiveInteger } from '../amounts.js';
import type { Option } from '../option.js';
import { usage } from '../read-options.js';
import { APPEND, COMPRESS, HELP, RETAIN, VERSION, WHERE } from '../shared-options.js';
import { columnList, jsonSchemaText, samplerVersionText, schemaText } from './documents.js';
import { SINK_OPTIONS } from './sinks.js';

const isTracked = (name: string): name is Tracked => TRACKED.some((one) => one === name);

function trackedIn(list: string): Tracked[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  const wrong = names.find((name) => !isTracked(name));
  if (wrong === undefined) return names.filter(isTracked);
  const guess = nearest(wrong, TRACKED);
  throw usage(`-t cannot track ${wrong || "''"}`, guess ? `did you mean ${guess}?` : 'it takes syscall and iorq');
}

const LAYOUT_REMEDY = 'choose one of -n, -w and -g; -G adds columns to any';
const OF_REPLAY = {
  option: 'replay',
  because: 'is for a replay',
  remedy: 'add --replay DIR or --replay FILE',
} as const;

export const OPTIONS = [
  {
    name: 'freq',
    group: 'Sampling',
    short: 'F',
    long: ['freq'],
    argument: 'HZ',
    default: '1',
    help: 'take HZ samples a second: up to 1000, also fractions (0.2)',
    parse: frequency,
    header: 'value',
  },
  {
    name: 'iterations',
    group: 'Sampling',
    short: 'i',
    long: ['iterations'],
    argument: 'N',
    help: 'stop after N samples',
    parse: positiveInteger,
    header: 'value',
  },
  {
    name: 'durationMs',
    group: 'Sampling',
    long: ['duration'],
    argument: 'TIME',
    help: 'stop after a time, such as 30s, 10m or 2h',
    parse: duration,
  },
  { name: 'all', group: 'Sampling', short: 'a', long: ['all'], help: 'show every task, also the idle ones' },
  {
    name: 'pids',
    group: 'Sampling',
    short: 'p',
    long: ['pid', 'pgid'],
    argument: 'PID[,PID…]',
    repeatable: true,
    help: 'show these processes only, with all their threads; stop when the last of them has ended',
    parse: (list, spelled) => list.split(',').map((pid) => positiveInteger(pid, spelled)),
    header: 'value',
  },
  {
    name: 'daemonPorts',
    group: 'Sampling',
    short: 'd',
    long: ['daemon-ports'],
    argument: 'PORT',
    otherwise: String(DAEMON_PORTS),
    help: 'take a thread for idle when it reads a socket with a local port up to PORT; 0 shows most threads',
    parse: port,
    header: 'value',
  },
  {
    name: 'narrow',
    group: 'Columns',
    short: 'n',
    long: ['narrow', 'narrow-output'],
    help: 'show few columns',
    conflicts: { options: ['wide', 'columns'], because: 'and % are two layouts', remedy: LAYOUT_REMEDY },
  },
  {
    name: 'wide',
    group: 'Columns',
    short: 'w',
    long: ['wide', 'wide-output'],
    help: 'show many columns',
    conflicts: { options: ['columns'], because: 'and % are two layouts', remedy: LAYOUT_REMEDY },
  },
  {
    name: 'columns',
    group: 'Columns',
    short: 'g',
    long: ['get-columns'],
    argument: 'COLS',
    help: 'show the columns COLS, separated by commas, or all of them (all)',
    parse: resolveColumns,
  },
  APPEND,
  {
    name: 'cgroups',
    group: 'Columns',
    short: 'C',
    long: ['cgroups', 'print-cgroups'],
    help: 'resolve ids of control groups to paths: a column of the table, records of NDJSON and CSV',
  },
  {
    name: 'track',
    group: 'Tracking',
    short: 't',
    long: ['track'],
    argument: 'WHAT',
    repeatable: true,
    help: 'time what a sample has caught to its end: syscall, iorq (block I/O), or both (syscall,iorq)',
    parse: trackedIn,
  },
  {
    name: 'trackAll',
    group: 'Tracking',
    short: 'T',
    long: ['track-all'],
    help: 'time system calls and block I/O to their end: -t syscall,iorq in short',
  },
  {
    name: 'trackLight',
    group: 'Tracking',
    long: ['track-light'],
    help:
      'time system calls without a tracepoint: threads outside of the samples pay nothing, and start times are ' +
      'estimates (Linux 6.18)',
  },
  {
    name: 'payload',
    group: 'Tracking',
    short: 'Y',
    long: ['payload', 'payload-trace'],
    help: 'show the first 512 bytes of what sampled system calls read or write, as hex; implies -t syscall',
    conflicts: {
      options: ['trackLight'],
      because: 'reads payloads in tracepoints, and % has none',
      remedy: 'leave one of them out',
    },
  },
  {
    name: 'passive',
    group: 'Tracking',
    short: 'P',
    long: ['passive'],
    help: 'attach no tracepoint: refuse -t, -T and -Y',
    conflicts: {
      options: ['track', 'trackAll', 'payload'],
      because: 'attaches no tracepoint, and % needs some',
      remedy: 'leave one of them out',
    },
  },
  {
    name: 'kernelStacks',
    group: 'Stacks',
    short: 'k',
    long: ['kernel-stacks'],
    help: 'read kernel stacks: their hash in each row, and a record with the frames of each',
  },
  {
    name: 'userStacks',
    group: 'Stacks',
    short: 'u',
    long: ['user-stacks'],
    help: 'read user stacks: their hash in each row, and a record with the frames of each',
  },
  {
    name: 'printStacks',
    group: 'Stacks',
    short: 's',
    long: ['print-stacks'],
    help: 'print the distinct stacks of a sample (-k, -u) under its table',
  },
  {
    name: 'noSymbolize',
    group: 'Stacks',
    short: 'N',
    long: ['no-symbolize', 'no-stack-symbols'],
    help: 'leave the frames of stacks addresses, without names',
  },
  ...SINK_OPTIONS,
  WHERE,
  {
    name: 'verbose',
    group: 'Output',
    short: 'v',
    long: ['verbose'],
    help: 'report on standard error what each sample costs',
  },
  RETAIN,
  COMPRESS,
  {
    name: 'replay',
    group: 'Replay',
    long: ['replay'],
    argument: 'FILE|DIR',
    help: 'read records from a file of NDJSON, standard input (-) or a recorded directory, instead of sampling',
  },
  {
    name: 'from',
    group: 'Replay',
    long: ['from'],
    argument: 'DATE',
    help: 'begin the replay at DATE: 2026-11-23T01:00 in local time, or with Z or an offset',
    needs: OF_REPLAY,
    parse: (typed, spelled) => moment(spelled, typed, utcOffset),
  },
  {
    name: 'to',
    group: 'Replay',
    long: ['to'],
    argument: 'DATE',
    help: 'end the replay before DATE: 2026-11-23T01:00 in local time, or with Z or an offset',
    needs: OF_REPLAY,
    parse: (typed, spelled) => moment(spelled, typed, utcOffset),
  },
  HELP,
  { ...VERSION, prints: samplerVersionText },
  {
    name: 'list',
    group: 'Information',
    short: 'l',
    long: ['list'],
    help: 'list the columns: name, type, unit, description',
    prints: columnList,
  },
  {
    name: 'schema',
    group: 'Information',
    long: ['schema'],
    help: 'print the documentation of all records and columns',
    prints: schemaText,
  },
  {
    name: 'jsonSchema',
    group: 'Information',
    long: ['json-schema'],
    help: 'print the JSON Schema of one line of NDJSON',
    prints: jsonSchemaText,
  },
] as const satisfies readonly Option[];
