/** The command line to settings. Every mistake is one line that names the culprit, and the nearest valid spelling. */
import { parseWhere } from '../../rules/where.js';
import { resolve } from 'node:path';
import { utcOffset } from '../../native.js';
import { CSV_KEYS } from '../../csv/columns.js';
import type { Retain } from '../../recording/housekeeping.js';
import { duration, moment, retention } from '../amounts.js';
import { resolveColumns } from '../../lookup/column-names.js';
import type { ColumnName } from '../../schema/columns.js';
import { DEFAULT_KEYS, LAYOUTS } from '../../schema/layouts.js';
import { nearest } from '../../lookup/nearest.js';
import type { StackPart, Tracked } from '../../streams/sampler.js';
import type { Option } from '../option.js';
import { OPTIONS, type OptionName } from './options.js';
import { readOptions, spell, usage } from '../read-options.js';

/** What to do instead of sampling. */
export type Action = 'run' | 'list' | 'schema' | 'jsonSchema' | 'help' | 'version';

export interface Settings {
  action: Action;
  /** Samples a second. */
  freq: number;
  iterations?: number;
  /** Unit: ms. */
  durationMs?: number;
  all: boolean;
  pids: number[];
  /** The idle rules take a socket whose local port is not above this one for a daemon's. */
  daemonPorts?: number;
  where: string[];
  ndjson: boolean;
  /** What to show, in this order; `undefined`: every key that a recording has. */
  columns: readonly ColumnName[];
  /** The columns are those of the NDJSON default, not a choice. */
  isDefaultKeys: boolean;
  /** Columns that `-G` names. */
  appended: readonly ColumnName[];
  /** What to time to its end. */
  track: readonly Tracked[];
  /** System calls are followed without a tracepoint. */
  trackLight: boolean;
  /** With what system calls read or write. */
  payload: boolean;
  /** Which stacks are read. */
  stacks: readonly StackPart[];
  /** The table prints them. */
  printStacks: boolean;
  /** Their frames stay addresses. */
  noSymbolize: boolean;
  /** Paths of control groups are resolved. */
  cgroups: boolean;
  /** Where to record CSV. */
  outputDir?: string;
  retain?: Retain;
  compress: boolean;
  /** A file, a directory, or `-` for stdin. */
  replay?: string;
  /** Replay from this time on, and before that one: RFC 3339 in UTC. */
  from?: string;
  to?: string;
  verbose: boolean;
  /** The options in force, by their long names, for the header record. */
  given: Record<string, unknown>;
}

const TABLE: readonly Option[] = OPTIONS;
const ACTIONS = ['help', 'version', 'list', 'schema', 'jsonSchema'] as const;
const MAX_HZ = 1000;
const MAX_PORT = 65535;
/** A period of so many nanoseconds stays exact in JavaScript: some 104 days. */
const MAX_NS = Number.MAX_SAFE_INTEGER;

function positiveInteger(text: string, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw usage(`${what} wants a whole number above 0, not ${text}`);
  }
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MAX_PORT) throw usage(`-d wants a port from 0 to ${MAX_PORT}, not ${text}`);
  return value;
}

function frequency(text: string): number {
  const hz = Number(text);
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text) || hz <= 0 || hz > MAX_HZ || 1e9 / hz > MAX_NS) {
    throw usage(`-F wants a number of samples a second above 0 and up to ${MAX_HZ}, not ${text}`);
  }
  return hz;
}

const TRACKED: readonly Tracked[] = ['syscall', 'iorq'];

function trackedOf(given: Map<string, string[]>): Tracked[] {
  if (given.has('trackAll')) return [...TRACKED];
  const names = (given.get('track') ?? []).flatMap((list) => list.split(',')).map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (TRACKED.includes(name as Tracked)) continue;
    const guess = nearest(name, TRACKED);
    throw usage(
      `-t cannot track ${name === '' ? "''" : name}`,
      guess ? `did you mean ${guess}?` : 'it takes syscall and iorq',
    );
  }
  if (given.has('payload') || given.has('trackLight')) names.push('syscall');
  return TRACKED.filter((name) => names.includes(name));
}

const stacksOf = (given: Map<string, string[]>): StackPart[] => [
  ...(given.has('kernelStacks') ? (['kstack'] as const) : []),
  ...(given.has('userStacks') ? (['ustack'] as const) : []),
];

const appendedOf = (given: Map<string, string[]>): ColumnName[] => [
  ...new Set(given.get('append')?.flatMap(resolveColumns) ?? []),
];

/** What makes sense only together with another option, or not with it. */
function checkCombinations(given: Map<string, string[]>): void {
  const spelled = (name: string) => spell(TABLE.find((option) => option.name === name)!);
  const layout = (['narrow', 'wide', 'columns'] as const).find((name) => given.has(name));
  if (given.has('outputDir') && layout) {
    throw usage(`-o records the same columns always, ${spelled(layout)} cannot change them`, '-G adds columns');
  }
  const tracer = ['track', 'trackAll', 'payload'].find((name) => given.has(name));
  if (given.has('passive') && tracer) {
    throw usage(`-P attaches no tracepoint, and ${spelled(tracer)} needs some`, 'leave one of them out');
  }
  if (given.has('trackLight') && given.has('payload')) {
    throw usage('-Y reads payloads in tracepoints, and --track-light has none', 'leave one of them out');
  }
  for (const name of ['retain', 'compress']) {
    if (given.has(name) && !given.has('outputDir')) throw usage(`${spelled(name)} is for a recording`, 'add -o DIR');
  }
  const [from, to] = [given.get('replay')?.at(-1), given.get('outputDir')?.at(-1)];
  if (from !== undefined && to !== undefined && resolve(from) === resolve(to)) {
    throw usage(`${from} cannot be replayed into itself`, 'choose another directory for -o');
  }
  for (const name of ['from', 'to']) {
    if (given.has(name) && !given.has('replay')) {
      throw usage(`${spelled(name)} is for a replay`, 'add --replay DIR or --replay FILE');
    }
  }
}

/** Which columns to show. One layout at most; -G adds to whichever it is. */
function columnsOf(given: Map<string, string[]>, isNdjson: boolean, isRecorded: boolean): readonly ColumnName[] {
  const layouts = (['narrow', 'wide', 'columns'] as const).filter((name) => given.has(name));
  if (layouts.length > 1) {
    const spelled = layouts.map((name) => spell(TABLE.find((option) => option.name === name)!));
    throw usage(`${spelled.join(' and ')} are two layouts`, 'choose one of -n, -w and -g; -G adds columns to any');
  }
  const [layout] = layouts;
  const list = given.get('columns')?.at(-1);
  const base =
    list !== undefined
      ? resolveColumns(list)
      : layout === 'narrow' || layout === 'wide'
        ? LAYOUTS[layout]
        : isNdjson
          ? DEFAULT_KEYS
          : isRecorded
            ? CSV_KEYS
            : LAYOUTS.normal;
  const path = given.has('cgroups') && !isNdjson && !isRecorded ? (['cgroup'] as const) : [];
  const hashes = stacksOf(given).map((part) => `${part}_hash` as const);
  return [...new Set([...base, ...path, ...hashes, ...appendedOf(given)])];
}

function givenByLongName(given: Map<string, string[]>): Record<string, unknown> {
  return Object.fromEntries(
    [...given].map(([name, values]) => {
      const { long, argument, repeatable }: Option = TABLE.find((option) => option.name === name)!;
      return [long[0], argument ? (repeatable ? values : values.at(-1)) : true];
    }),
  );
}

/** Throws `XcaptureError` with code XCAP_USAGE. */
export function parseCommandLine(argv: readonly string[]): Settings {
  const { options: given, operands } = readOptions('xcapture', TABLE, argv);
  const [extra] = operands;
  if (extra !== undefined) throw usage(`unexpected argument ${extra === '' ? "''" : extra}`);
  const last = (name: OptionName) => given.get(name)?.at(-1);
  checkCombinations(given);
  const ndjson = given.has('ndjson');
  const outputDir = last('outputDir');
  const retain = last('retain');
  const from = last('from');
  const to = last('to');
  const freq = last('freq');
  const iterations = last('iterations');
  const time = last('duration');
  const replay = last('replay');
  const ports = last('daemonPorts');
  const daemonPorts = ports === undefined ? {} : { daemonPorts: port(ports) };
  const where = given.get('where') ?? [];
  where.forEach(parseWhere);
  const pids = (given.get('pid') ?? []).flatMap((list) => list.split(',').map((pid) => positiveInteger(pid, '-p')));
  const rate = freq === undefined ? 1 : frequency(freq);
  const count = iterations === undefined ? {} : { iterations: positiveInteger(iterations, '-i') };
  return {
    action: ACTIONS.find((action) => given.has(action)) ?? 'run',
    freq: rate,
    ...count,
    ...(time !== undefined && { durationMs: duration(time) }),
    all: given.has('all'),
    pids: [...new Set(pids)],
    ...daemonPorts,
    where,
    ndjson,
    columns: columnsOf(given, ndjson, outputDir !== undefined),
    appended: appendedOf(given),
    track: trackedOf(given),
    trackLight: given.has('trackLight'),
    payload: given.has('payload'),
    stacks: stacksOf(given),
    printStacks: given.has('printStacks'),
    noSymbolize: given.has('noSymbolize'),
    cgroups: given.has('cgroups'),
    ...(outputDir !== undefined && { outputDir }),
    ...(retain !== undefined && { retain: retention(retain) }),
    compress: given.has('compress'),
    isDefaultKeys: ndjson && !['narrow', 'wide', 'columns', 'append'].some((name) => given.has(name)),
    ...(replay !== undefined && { replay }),
    ...(from !== undefined && { from: moment('--from', from, utcOffset) }),
    ...(to !== undefined && { to: moment('--to', to, utcOffset) }),
    verbose: given.has('verbose'),
    given: {
      ...givenByLongName(given),
      freq: rate,
      ...count,
      ...(ports !== undefined && { 'daemon-ports': Number(ports) }),
      ...(pids.length > 0 && { pid: pids }),
    },
  };
}
