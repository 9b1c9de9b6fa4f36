/** THE table of options of `xcapture-stacks`. */
import { HELP, VERSION, type Option } from '../option.js';

export const FORMATS = ['folded', 'svg', 'html', 'speedscope', 'pprof'] as const;
export const WEIGHTS = ['count', 'us'] as const;

export const STACKS_OPTIONS = [
  {
    name: 'inputDir',
    short: 'i',
    long: ['input-dir'],
    argument: 'DIR',
    help: 'read recorded CSV and Parquet from DIR, also what the original xcapture has recorded',
  },
  {
    name: 'format',
    short: 'f',
    long: ['format'],
    argument: 'NAME',
    help: `${FORMATS.join(', ')}; folded by default`,
  },
  {
    name: 'weight',
    long: ['weight'],
    argument: 'WHAT',
    help: 'count (samples, the default) or us (the time that they stand for)',
  },
  {
    name: 'by',
    long: ['by'],
    argument: 'COLS',
    help: 'columns whose values are the root frames, the outermost first; comm by default',
  },
  { name: 'kernel', long: ['kernel'], help: 'kernel stacks only' },
  { name: 'user', long: ['user'], help: 'user stacks only' },
  { name: 'both', long: ['both'], help: 'kernel stacks on top of user stacks (default)' },
  {
    name: 'where',
    long: ['where'],
    argument: 'EXPR',
    repeatable: true,
    help: 'only samples with COL=VALUE, COL!=VALUE or COL~REGEX; repeated, all must hold',
  },
  { name: 'stripOffsets', long: ['strip-offsets'], help: 'names without +0x12, so that a function is one frame' },
  HELP,
  VERSION,
] as const satisfies readonly Option[];
