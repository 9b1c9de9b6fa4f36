/** What the options add up to. */
import { resolve } from 'node:path';
import type { ColumnName } from '../../schema/columns.js';
import { LAYOUTS } from '../../schema/layouts.js';
import { parseWhere } from '../../rules/where.js';
import { TRACKED, type StackType, type Tracked } from '../../schema/records.js';
import type { Option, Values } from '../option.js';
import { usage, type CommandLine } from '../read-options.js';
import { OPTIONS } from './options.js';
import { SINKS, type Output } from './sinks.js';

type Typed = CommandLine<typeof OPTIONS>;

/** The options' values, and what follows from several of them. */
export interface Settings extends Omit<Values<typeof OPTIONS>, 'columns' | 'track'> {
  /** The sink. */
  readonly output: Output;
  /** What to show, in this order. */
  readonly columns: readonly ColumnName[];
  /** No option names or changes the columns. */
  readonly isDefaultKeys: boolean;
  /** What the sink shows, the conditions look at, and filters join completions with. */
  readonly needed: readonly ColumnName[];
  /** What to time to its end. */
  readonly track: readonly Tracked[];
  /** Which stacks are read. */
  readonly stacks: readonly StackType[];
  /** The options in force, by their long names. */
  readonly headerOptions: Record<string, unknown>;
}

function outputOf(given: Typed['given']): Output {
  const names = Object.keys(SINKS) as Output[];
  return names.find((name) => given.has(SINKS[name].option ?? '')) ?? names.at(-1)!;
}

function trackedOf({ trackAll, track, payload, trackLight }: Typed['values']): Tracked[] {
  const names = new Set([...track, ...(payload || trackLight ? (['syscall'] as const) : [])]);
  return TRACKED.filter((name) => trackAll || names.has(name));
}

/** One layout at most; -G adds to whichever it is. */
function columnsOf(values: Typed['values'], output: Output, stacks: readonly StackType[]): ColumnName[] {
  const { narrow, wide, columns, cgroups, append } = values;
  const layout = narrow ? LAYOUTS.narrow : wide ? LAYOUTS.wide : SINKS[output].columns;
  const path = cgroups && output === 'table' ? (['cgroup'] as const) : [];
  const hashes = stacks.map((part) => `${part}_hash` as const);
  return [...new Set([...(columns ?? layout), ...path, ...hashes, ...append])];
}

function headerOptions({ given, values }: Typed): Record<string, unknown> {
  const tell = (option: Option, typed: readonly string[]): unknown => {
    if (!option.argument) return true;
    if (option.header === 'value') return values[option.name as keyof typeof values];
    if (option.header === 'list') return typed.join(',');
    return option.repeatable ? typed : typed.at(-1);
  };
  const table: readonly Option[] = OPTIONS;
  const entries = table.flatMap((option) => {
    const typed = given.get(option.name);
    return typed ? [[option.long[0]!, tell(option, typed)] as const] : [];
  });
  return { ...Object.fromEntries(entries), freq: values.freq };
}

/** Throws `XcaptureError` with code XCAP_USAGE. */
export function settingsOf(line: Typed): Settings {
  const { values, given } = line;
  const { replay, outputDir, where } = values;
  if (replay !== undefined && outputDir !== undefined && resolve(replay) === resolve(outputDir)) {
    throw usage(`${replay} cannot be replayed into itself`, 'choose another directory for -o');
  }
  const output = outputOf(given);
  const track = trackedOf(values);
  const stacks: StackType[] = [];
  if (values.kernelStacks) stacks.push('kstack');
  if (values.userStacks) stacks.push('ustack');
  const columns = columnsOf(values, output, stacks);
  const joined = where.length > 0 && track.length > 0 ? (['sysc_seq_num', 'iorq_seq_num'] as const) : [];
  return {
    ...values,
    output,
    columns,
    isDefaultKeys: !['narrow', 'wide', 'columns', 'append'].some((name) => given.has(name)),
    needed: [...new Set([...columns, ...where.map((text) => parseWhere(text).column), ...joined])],
    track,
    stacks,
    headerOptions: headerOptions(line),
  };
}
