/** How often each stack was seen, and for how long. Takes memory by what differs, not by samples. */
import type { ColumnName } from '../schema/columns.js';
import type { SampleRecord } from '../schema/types.gen.js';
import { plainFrame, type Frame } from './frame.js';
import { StackTable, type Stack } from './stack-table.js';

/** Which part of a stack is looked at. */
export type Side = 'both' | 'kernel' | 'user';

/** On a CPU or runnable; waiting; a sample that does not tell. */
export const CPU_CLASSES = ['on', 'off', 'none'] as const;
export type CpuClass = (typeof CPU_CLASSES)[number];

export interface StackCountsOptions {
  /** Columns whose values are the root frames, the outermost first. */
  by: readonly ColumnName[];
  side: Side;
  stripOffsets: boolean;
}

/** Samples of one stack. */
export interface CountedStack {
  /** Values of the `by` columns; `undefined` where the sample has none. */
  readonly values: readonly (string | undefined)[];
  readonly cpu: CpuClass;
  readonly stacks: readonly Stack[];
  count: number;
  us: number;
}

const ON_CPU = new Set(['RUN', 'RUNQ']);
const NO_STACK: Readonly<Record<Side, Frame>> = {
  both: plainFrame('mark', '[no stack]'),
  kernel: plainFrame('mark', '[no kernel stack]'),
  user: plainFrame('mark', '[no user stack]'),
};

/** As NDJSON shows it. */
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export class StackCounts {
  readonly options: StackCountsOptions;
  readonly table: StackTable;
  readonly #counted = new Map<string, CountedStack>();
  samples = 0;
  /** Samples without `weight_us`, which stand for no time. */
  weightless = 0;

  constructor(options: StackCountsOptions) {
    this.options = options;
    this.table = new StackTable(options);
  }

  add(sample: SampleRecord): void {
    const { by, side } = this.options;
    const hashes = sample as { kstack_hash?: unknown; ustack_hash?: unknown };
    const user = side === 'kernel' ? undefined : this.table.find('ustack', hashes.ustack_hash);
    const kernel = side === 'user' ? undefined : this.table.find('kstack', hashes.kstack_hash);
    const cpu = sample.state === undefined ? 'none' : ON_CPU.has(sample.state) ? 'on' : 'off';
    const values = by.map((column) => asText(sample[column]));
    const key = JSON.stringify([cpu, user?.id, kernel?.id, values]);
    let counted = this.#counted.get(key);
    if (!counted) {
      counted = { values, cpu, stacks: [user, kernel].filter((stack) => stack !== undefined), count: 0, us: 0 };
      this.#counted.set(key, counted);
    }
    this.samples++;
    counted.count++;
    const { weight_us: us } = sample;
    if (us !== undefined && Number.isSafeInteger(us) && us >= 0) counted.us += us;
    else this.weightless++;
  }

  get size(): number {
    return this.#counted.size;
  }

  all(): Iterable<CountedStack> {
    return this.#counted.values();
  }

  /** What `--by` puts at the root, the outermost first. */
  rootsOf({ values }: CountedStack): Frame[] {
    return values.map((value, index) => plainFrame('root', value || `[no ${this.options.by[index]}]`));
  }

  /** From the root to the leaf: user frames, and what the kernel did for them. A mark when there is neither. */
  framesOf({ stacks }: CountedStack): Frame[] {
    const frames = stacks.flatMap((stack) => stack.frames.toReversed());
    return frames.length > 0 ? frames : [NO_STACK[this.options.side]];
  }
}

/** What a stack weighs. */
export type Weight = 'count' | 'us';
