/** A command line by a table of options. A mistake is one line with the culprit and the nearest valid spelling. */
import minimist from 'minimist';
import { XcaptureError } from '../errors.js';
import { nearest } from '../lookup/nearest.js';
import { spell, type Option, type Values } from './option.js';

export interface CommandLine<Table extends readonly Option[]> {
  /** Those of all options; what is neither given nor has a default is absent. */
  readonly values: Values<Table>;
  /** What was typed for each option that is given, in order. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** What is no option. */
  readonly operands: readonly string[];
}

/** A mistake in the command line. */
export const usage = (message: string, hint?: string): XcaptureError =>
  new XcaptureError('XCAP_USAGE', message, hint ? { hint } : {});

const keysOf = ({ short, long }: Option) => (short ? [short, ...long] : [...long]);

function unknownOption(program: string, table: readonly Option[], token: string): XcaptureError {
  const longs = table.flatMap(({ long }) => long);
  const guess = token.startsWith('--') ? nearest(token.slice(2), longs) : undefined;
  return usage(`unknown option ${token}`, guess ? `did you mean --${guess}?` : `${program} --help lists the options`);
}

/** Switches may be written together, the last with its argument: -ai5. */
function checkShort(program: string, table: readonly Option[], token: string): void {
  for (const short of token.slice(1).split('')) {
    const option = table.find((candidate) => candidate.short === short);
    if (!option) throw unknownOption(program, table, `-${short}`);
    if (option.argument) return;
  }
}

function checkLong(program: string, table: readonly Option[], token: string): void {
  const [, name = '', value] = /^--([^=]*)(=.*)?$/s.exec(token) ?? [];
  const option = table.find(({ long }) => long.includes(name));
  if (!option) throw unknownOption(program, table, `--${name}`);
  if (value !== undefined && !option.argument) throw usage(`--${name} takes no argument: ${token}`);
}

/** minimist takes --no-x for "x off", --switch=value for a value and -a1 for -a; here these are mistakes. */
function checkTokens(program: string, table: readonly Option[], argv: readonly string[]): void {
  for (const token of argv) {
    if (token === '--') return;
    if (token.startsWith('--')) checkLong(program, table, token);
    else if (token.startsWith('-')) checkShort(program, table, token);
  }
}

/** Of --no-x minimist makes that x is false. */
function valuesOf(parsed: minimist.ParsedArgs, key: string): (string | boolean)[] {
  if (key.startsWith('no-')) return parsed[key.slice('no-'.length)] === undefined ? [] : [true];
  return [parsed[key] as string | string[] | boolean | undefined].flat().filter((value) => value !== undefined);
}

/** What makes sense only together with another option, or not with it. */
function checkRules(table: readonly Option[], given: ReadonlyMap<string, unknown>): void {
  for (const option of table) {
    if (!given.has(option.name)) continue;
    const { needs, conflicts } = option;
    if (needs && !given.has(needs.option)) throw usage(`${spell(option)} ${needs.because}`, needs.remedy);
    const other = table.find(({ name }) => given.has(name) && conflicts?.options.includes(name));
    if (!conflicts || !other) continue;
    throw usage(`${spell(option)} ${conflicts.because.replace('%', spell(other))}`, conflicts.remedy);
  }
}

/** `undefined`: it is not given, and has no default. */
function valueOf(option: Option, typed: readonly string[]): unknown {
  const { argument, repeatable, parse = String } = option;
  if (!argument) return typed.length > 0;
  const values = typed.map((text) => parse(text, spell(option)));
  return repeatable ? [...new Set(values.flat())] : values.at(-1);
}

/** The command line by a table of options. Throws `XcaptureError` with code XCAP_USAGE. */
export function readOptions<const Table extends readonly Option[]>(
  program: string,
  table: Table,
  argv: readonly string[],
): CommandLine<Table> {
  checkTokens(program, table, argv);
  const parsed = minimist([...argv], {
    string: table.filter(({ argument }) => argument).flatMap(keysOf),
    boolean: table
      .filter(({ argument }) => !argument)
      .flatMap(keysOf)
      .filter((key) => !key.startsWith('no-')),
  });
  const given = new Map<string, string[]>();
  for (const option of table) {
    const values = keysOf(option).flatMap((key) => valuesOf(parsed, key));
    const set = values.filter((value) => value !== false).map(String);
    if (set.length === 0) continue;
    if (option.argument && set.includes('')) throw usage(`${spell(option)} wants an argument: ${option.argument}`);
    given.set(option.name, set);
  }
  checkRules(table, given);
  const values = table
    .map((option) => [option.name, valueOf(option, given.get(option.name) ?? [option.default ?? []].flat())] as const)
    .filter(([, value]) => value !== undefined);
  return { values: Object.fromEntries(values) as Values<Table>, given, operands: parsed._ };
}
