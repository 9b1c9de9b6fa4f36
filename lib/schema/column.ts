/** What is known of a column: a row of the list in columns.ts. */
import type { ExtraObject } from './extra-info.js';
import type { KernelFlagName } from './kernel-flags.js';

/**
 * How a value looks: `time` and `hex` are text in a fixed form, `integer` stays below 2^53, `object` has keys of its
 * own.
 */
export type ColumnType = 'time' | 'integer' | 'hex' | 'text' | 'object';

/** Where BPF stores the column's raw value. */
export interface WireField {
  /** Struct of bpf/record.gen.h: the core of a task, or one of its parts. */
  readonly struct: 'task' | 'syscall' | 'ns' | 'tracked' | 'iorq' | 'stacks';
  readonly ctype: 'u8' | 's32' | 'u32' | 'u64' | 'char16';
  /** Name of the struct's field, where it is not the column's. */
  readonly field?: string;
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit of an `integer`. */
  readonly unit?: 'us' | 'ns' | 'bytes';
  /** Usual width in the table, in terminal cells. */
  readonly width: number;
  /** Is read alone, in `-l`, in SCHEMA.md and in the JSON Schema. */
  readonly description: string;
  readonly example: string | number | object;
  /** Where the value comes from: kernel fields, or what user space makes it of. Is read alone, too. */
  readonly source: string;
  /** Never a default: costs something, or repeats itself. Has to be named with -g or -G. */
  readonly onDemand?: true;

  /** The closed set of its values. */
  readonly values?: readonly string[];
  /** Regular expression of values besides the closed set. */
  readonly otherValues?: string;
  /** What an `object` can hold. */
  readonly objects?: readonly ExtraObject[];
  /**
   * `own`: our words, which need no escaping; `path`: the end says the most. Default: whatever a program or user has
   * chosen.
   */
  readonly text?: 'own' | 'path';

  readonly wire?: WireField;
  /** Flags of the BPF programs that make them read it. Default: they always do. */
  readonly reads?: readonly KernelFlagName[];
  /** Part of a task (`PARTS`) without which there is no value. Default: the struct of `wire`, but for the core. */
  readonly part?: string;
  /**
   * How the value is made, in TypeScript (tools/generate/sample-code.ts): `{PART.FIELD}` is a field's first word, with
   * `:both` its two words, with `:byte` its byte, with `:at` the word where it starts. Default: the field of `wire`.
   */
  readonly decode?: string;
  /** What the value is without its part, in TypeScript. Default: absent. */
  readonly otherwise?: string;
  /**
   * Of a thread that has not moved since its last sample: `sample` differs in each; `elsewhere` may differ, because
   * another entry than the task's has it (its process, its control group). Default: it stays.
   */
  readonly changes?: 'sample' | 'elsewhere';
  /** A row often shares these neighbouring columns with the row before it: of one sample, or of one process. */
  readonly span?: 'sample' | 'process';
}
