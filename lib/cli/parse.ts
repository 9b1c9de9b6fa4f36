/** The command line to settings. Every mistake is one line that names the culprit, and the nearest valid spelling. */
import minimist from 'minimist';
import { XcaptureError } from '../errors.js';
import { nearest } from '../lookup/nearest.js';
import { parseWhere } from '../rules/where.js';
import { resolveColumns } from '../schema/column-names.js';
import type { ColumnName } from '../schema/columns.js';
import { DEFAULT_KEYS, LAYOUTS } from '../schema/layouts.js';
import { OPTIONS, type Option, type OptionName } from './options.js';

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
  /** A file, or `-` for stdin. */
  replay?: string;
  verbose: boolean;
  /** The options in force, by their long names, for the header record. */
  given: Record<string, unknown>;
}

const TABLE: readonly Option[] = OPTIONS;
const FLAGS = TABLE.filter(({ argument }) => !argument);
const VALUES = TABLE.filter(({ argument }) => argument);
const ACTIONS = ['help', 'version', 'list', 'schema', 'jsonSchema'] as const;
const MAX_HZ = 1000;
const MAX_PORT = 65535;
/** Nanoseconds stay exact in JavaScript up to here: some 104 days. */
const MAX_NS = Number.MAX_SAFE_INTEGER;

const usage = (message: string, hint?: string) => new XcaptureError('XCAP_USAGE', message, hint ? { hint } : {});
const spell = ({ short, long }: Option) => (short ? `-${short}` : `--${long[0]}`);
const keysOf = ({ short, long }: Option) => (short ? [short, ...long] : [...long]);

function unknownOption(token: string): XcaptureError {
  const longs = TABLE.flatMap(({ long }) => long);
  const guess = token.startsWith('--') ? nearest(token.slice(2), longs) : undefined;
  return usage(`unknown option ${token}`, guess ? `did you mean --${guess}?` : 'xcapture --help lists the options');
}

/** Switches may be written together, the last with its argument: -ai5. */
function checkShort(token: string): void {
  for (const short of token.slice(1).split('')) {
    const option = TABLE.find((candidate) => candidate.short === short);
    if (!option) throw unknownOption(`-${short}`);
    if (option.argument) return;
  }
}

function checkLong(token: string): void {
  const [, name = '', value] = /^--([^=]*)(=.*)?$/s.exec(token) ?? [];
  const option = TABLE.find(({ long }) => long.includes(name));
  if (!option) throw unknownOption(`--${name}`);
  if (value !== undefined && !option.argument) throw usage(`--${name} takes no argument: ${token}`);
}

/** minimist takes --no-x for "x off", --switch=value for a value and -a1 for -a; here these are mistakes. */
function checkTokens(argv: readonly string[]): void {
  for (const token of argv) {
    if (token === '--') return;
    if (token.startsWith('--')) checkLong(token);
    else if (token.startsWith('-')) checkShort(token);
  }
}

/** The values given for each option, in order. */
function readOptions(argv: readonly string[]): Map<OptionName, string[]> {
  checkTokens(argv);
  const parsed = minimist([...argv], {
    string: VALUES.flatMap(keysOf),
    boolean: FLAGS.flatMap(keysOf),
  });
  const given = new Map<OptionName, string[]>();
  for (const option of TABLE) {
    const values = keysOf(option).flatMap((key) => (parsed[key] as string | string[] | boolean | undefined) ?? []);
    const set = values.filter((value) => value !== false).map(String);
    if (set.length === 0) continue;
    if (option.argument && set.includes('')) throw usage(`${spell(option)} wants an argument: ${option.argument}`);
    given.set(option.name as OptionName, set);
  }
  const [extra] = parsed._;
  if (extra !== undefined) throw usage(`unexpected argument ${extra === '' ? "''" : extra}`);
  return given;
}

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

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text: string): number {
  const [, number, unit] = /^(\d+\.?\d*|\.\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0) || ms * 1e6 > MAX_NS) throw usage(`--duration wants a time such as 30s, 10m or 2h, not ${text}`);
  return ms;
}

/** Which columns to show. One layout at most; -G adds to whichever it is. */
function columnsOf(given: Map<OptionName, string[]>, isNdjson: boolean): readonly ColumnName[] {
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
          : LAYOUTS.normal;
  const appended = given.get('append')?.flatMap(resolveColumns) ?? [];
  return [...new Set([...base, ...appended])];
}

function givenByLongName(given: Map<OptionName, string[]>): Record<string, unknown> {
  return Object.fromEntries(
    [...given].map(([name, values]) => {
      const { long, argument, repeatable }: Option = TABLE.find((option) => option.name === name)!;
      return [long[0], argument ? (repeatable ? values : values.at(-1)) : true];
    }),
  );
}

/** Throws `XcaptureError` with code XCAP_USAGE. */
export function parseCommandLine(argv: readonly string[]): Settings {
  const given = readOptions(argv);
  const last = (name: OptionName) => given.get(name)?.at(-1);
  const ndjson = given.has('ndjson');
  const freq = last('freq');
  const iterations = last('iterations');
  const duration = last('duration');
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
    ...(duration !== undefined && { durationMs: milliseconds(duration) }),
    all: given.has('all'),
    pids: [...new Set(pids)],
    ...daemonPorts,
    where,
    ndjson,
    columns: columnsOf(given, ndjson),
    isDefaultKeys: ndjson && !['narrow', 'wide', 'columns', 'append'].some((name) => given.has(name as OptionName)),
    ...(replay !== undefined && { replay }),
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
