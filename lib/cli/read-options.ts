/** A command line by a table of options. Every mistake is one line that names the culprit, and the nearest valid spelling. */
import minimist from 'minimist';
import { XcaptureError } from '../errors.js';
import { nearest } from '../lookup/nearest.js';
import type { Option } from './option.js';

export interface Given {
  /** The values given for each option, in order. */
  readonly options: Map<string, string[]>;
  /** What is no option. */
  readonly operands: readonly string[];
}

/** A mistake in the command line. */
export const usage = (message: string, hint?: string): XcaptureError =>
  new XcaptureError('XCAP_USAGE', message, hint ? { hint } : {});

/** The short name, where there is one. */
export const spell = ({ short, long }: Option): string => (short ? `-${short}` : `--${long[0]}`);
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

/** Throws `XcaptureError` with code XCAP_USAGE. */
export function readOptions(program: string, table: readonly Option[], argv: readonly string[]): Given {
  checkTokens(program, table, argv);
  const parsed = minimist([...argv], {
    string: table.filter(({ argument }) => argument).flatMap(keysOf),
    boolean: table
      .filter(({ argument }) => !argument)
      .flatMap(keysOf)
      .filter((key) => !key.startsWith('no-')),
  });
  const options = new Map<string, string[]>();
  for (const option of table) {
    const values = keysOf(option).flatMap((key) => valuesOf(parsed, key));
    const set = values.filter((value) => value !== false).map(String);
    if (set.length === 0) continue;
    if (option.argument && set.includes('')) throw usage(`${spell(option)} wants an argument: ${option.argument}`);
    options.set(option.name, set);
  }
  return { options, operands: parsed._ };
}
