/** THE table of options of `xcapture-stacks`. */
import { resolveColumns } from '../../lookup/column-names.js';
import { nearest } from '../../lookup/nearest.js';
import type { Option } from '../option.js';
import { usage } from '../read-options.js';
import { HELP, VERSION, WHERE } from '../shared-options.js';

const FORMATS = ['folded', 'svg', 'html', 'speedscope', 'pprof'] as const;
const WEIGHTS = ['count', 'us'] as const;
/** Columns as people call them. */
const ALIASES: Readonly<Record<string, string>> = { user: 'username' };

const oneOf =
  <Name extends string>(option: string, names: readonly Name[]) =>
  (typed: string): Name => {
    const name = names.find((one) => one === typed.toLowerCase());
    if (name !== undefined) return name;
    const guess = nearest(typed, names);
    const hint = guess ? `did you mean ${guess}?` : `there are ${names.join(', ')}`;
    throw usage(`${option} ${typed} is not known`, hint);
  };

function byColumns(list: string) {
  const names = list.split(',').map((name) => ALIASES[name.trim().toLowerCase()] ?? name);
  return resolveColumns(names.join(','));
}

export const OPTIONS = [
  {
    name: 'inputDir',
    group: 'Input',
    short: 'i',
    long: ['input-dir'],
    argument: 'DIR',
    help: 'read CSV and Parquet recorded in DIR, also by the original xcapture, instead of NDJSON',
  },
  WHERE,
  {
    name: 'format',
    group: 'Output',
    short: 'f',
    long: ['format'],
    argument: 'NAME',
    default: 'folded',
    help: `write ${FORMATS.slice(0, -1).join(', ')} or ${FORMATS.at(-1)}`,
    parse: oneOf('--format', FORMATS),
  },
  {
    name: 'weight',
    group: 'Stacks',
    long: ['weight'],
    argument: 'WHAT',
    default: 'count',
    help: 'weigh stacks by samples (count) or by the time in microseconds that samples stand for (us)',
    parse: oneOf('--weight', WEIGHTS),
  },
  {
    name: 'by',
    group: 'Stacks',
    long: ['by'],
    argument: 'COLS',
    default: 'comm',
    help: 'put the values of the columns COLS at the root of each stack, the outermost first',
    parse: byColumns,
  },
  {
    name: 'kernel',
    group: 'Stacks',
    long: ['kernel'],
    help: 'draw kernel stacks only',
    conflicts: { options: ['user', 'both'], because: 'and % conflict', remedy: 'give one of them' },
  },
  {
    name: 'user',
    group: 'Stacks',
    long: ['user'],
    help: 'draw user stacks only',
    conflicts: { options: ['both'], because: 'and % conflict', remedy: 'give one of them' },
  },
  {
    name: 'both',
    group: 'Stacks',
    long: ['both'],
    otherwise: 'both',
    help: 'draw kernel stacks on top of user stacks',
  },
  {
    name: 'stripOffsets',
    group: 'Stacks',
    long: ['strip-offsets'],
    help: 'leave out offsets such as +0x12 in names, so that a function is one frame',
  },
  HELP,
  VERSION,
] as const satisfies readonly Option[];
