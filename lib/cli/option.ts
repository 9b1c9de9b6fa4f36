/** What an option is: one row of a command's table. The help, the settings and the usage errors follow from it. */

/** Under these titles the help and the README list options, in this order. */
export const GROUPS = [
  'Input',
  'Sampling',
  'Columns',
  'Tracking',
  'Stacks',
  'Output',
  'Recording',
  'Replay',
  'Information',
] as const;

/** Why an option cannot stand with another, or without it. The error is `-x BECAUSE; REMEDY`. */
interface Rule {
  readonly because: string;
  readonly remedy: string;
}

export interface Option {
  /** Its key in the settings. */
  readonly name: string;
  readonly group: (typeof GROUPS)[number];
  readonly short?: string;
  /** Long names: the first is shown, the others work, too. */
  readonly long: readonly string[];
  /** Name of its argument; absent for a switch. */
  readonly argument?: string;
  /** May be given several times, and then adds up: it is parsed to a list. Of the others the last one counts. */
  readonly repeatable?: true;
  /** Begins with a verb and is read alone. */
  readonly help: string;
  /** What counts when it is not given, as one would type it. */
  readonly default?: string;
  /** What the help calls the default, where only a later stage knows it. */
  readonly otherwise?: string;
  /** An option that has to be given, too. */
  readonly needs?: Rule & { readonly option: string };
  /** Options that must not be given, too; `%` in `because` stands for the one that is. */
  readonly conflicts?: Rule & { readonly options: readonly string[] };
  /**
   * What was typed to its value; absent: the text. Throws `XcaptureError` with code XCAP_USAGE.
   * @param spelled the option as an error names it
   */
  readonly parse?: (typed: string, spelled: string) => unknown;
  /** The header record tells its value, or all that was typed as one list. Default: what was typed. */
  readonly header?: 'value' | 'list';
  /** Makes the text that is printed in place of a run. */
  readonly prints?: () => string;
}

type ValueOf<Row> = Row extends { argument: string }
  ? Row extends { parse: (...typed: never[]) => infer Value }
    ? Row extends { repeatable: true } | { default: string }
      ? Value
      : Value | undefined
    : string | undefined
  : boolean;

/** The values of a table of options, by their names. */
export type Values<Table extends readonly Option[]> = {
  readonly [Row in Table[number] as Row['name']]: ValueOf<Row>;
};

/** The short name, where there is one. */
export const spell = ({ short, long }: Option): string => (short ? `-${short}` : `--${long[0]}`);
