/** The command line of `xcapture-stacks` to settings. */
import { nearest } from '../../lookup/nearest.js';
import { parseWhere } from '../../rules/where.js';
import { resolveColumns } from '../../lookup/column-names.js';
import type { ColumnName } from '../../schema/columns.js';
import type { Side, Weight } from '../../stacks/stack-counts.js';
import { readOptions, usage } from '../read-options.js';
import { FORMATS, STACKS_OPTIONS, WEIGHTS } from './options.js';

export interface StacksSettings {
  action: 'run' | 'help' | 'version';
  /** A recorded directory; otherwise files, or stdin when there are none. */
  inputDir: string | undefined;
  files: readonly string[];
  format: (typeof FORMATS)[number];
  weight: Weight;
  by: readonly ColumnName[];
  side: Side;
  where: readonly string[];
  stripOffsets: boolean;
}

const SIDES = ['kernel', 'user', 'both'] as const;
/** Columns as people call them. */
const ALIASES: Readonly<Record<string, string>> = { user: 'username' };

function oneOf<Name extends string>(option: string, names: readonly Name[], typed: string): Name {
  const name = names.find((one) => one === typed.toLowerCase());
  if (name !== undefined) return name;
  const guess = nearest(typed, names);
  const hint = guess ? `did you mean ${guess}?` : `there are ${names.join(', ')}`;
  throw usage(`--${option} ${typed} is not known`, hint);
}

const byColumns = (list: string) =>
  resolveColumns(
    list
      .split(',')
      .map((name) => ALIASES[name.trim().toLowerCase()] ?? name)
      .join(','),
  );

/** Throws `XcaptureError` with code XCAP_USAGE. */
export function stacksSettings(program: string, argv: readonly string[]): StacksSettings {
  const { options, operands } = readOptions(program, STACKS_OPTIONS, argv);
  const last = (name: (typeof STACKS_OPTIONS)[number]['name']) => options.get(name)?.at(-1);
  const sides = SIDES.filter((side) => options.has(side));
  if (sides.length > 1) throw usage(`--${sides[0]!} and --${sides[1]!} conflict`, 'give one of them');
  const inputDir = last('inputDir');
  if (inputDir !== undefined && operands.length > 0) {
    throw usage(`-i ${inputDir} and ${operands[0]!} conflict`, 'read a directory or files');
  }
  const where = options.get('where') ?? [];
  for (const expression of where) parseWhere(expression);
  return {
    action: options.has('help') ? 'help' : options.has('version') ? 'version' : 'run',
    inputDir,
    files: operands,
    format: oneOf('format', FORMATS, last('format') ?? 'folded'),
    weight: oneOf('weight', WEIGHTS, last('weight') ?? 'count'),
    by: byColumns(last('by') ?? 'comm'),
    side: sides[0] ?? 'both',
    where,
    stripOffsets: options.has('stripOffsets'),
  };
}
