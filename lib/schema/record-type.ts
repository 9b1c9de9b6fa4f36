/** What is known of a record type: a row of the list in records.ts. */
import type { Column } from './column.js';
import type { CsvColumn } from './csv-file.js';
import type { Field } from './field.js';

export interface Key {
  readonly name: string;
  /** `counts` is an object of integers by name; `object` one of plain JSON values; `frames` the frames of a stack. */
  readonly type: Column['type'] | 'number' | 'boolean' | 'counts' | 'object' | 'frames';
  readonly unit?: Column['unit'];
  /** Is read alone, in SCHEMA.md and in the JSON Schema. */
  readonly description: string;
  readonly example: unknown;
  /** An `integer` that may be negative. */
  readonly signed?: true;
  /** The key may be absent. */
  readonly optional?: true;
}

export interface RecordType {
  readonly name: string;
  readonly description: string;
  readonly keys: readonly Key[];

  /**
   * It comes as an entry of the byte stream, whose kind and struct have its name (lib/decode/completions.ts decodes
   * it).
   */
  readonly entry?: {
    readonly comment: string;
    readonly fields: readonly Field[];
    /** Field of the last entry of a run that counts what had not ended. */
    readonly open: Field;
  };
  /** `-t` with this word asks for it. */
  readonly track?: string;
  /** Key of the record and of the samples that it belongs to: it stays when one of these rows has. */
  readonly joinedBy?: string;
  /**
   * Key of samples that names a record by the value of its first CSV column: it comes before the first row that names
   * it.
   */
  readonly namedBy?: string;
  /** Its file of CSV. Default: none, it goes to the meta file. */
  readonly csv?: { readonly name: string; readonly columns: readonly CsvColumn[] };
  /** Keys that say when it happened, where it has no `timestamp`. */
  readonly time?: { readonly start: string; readonly took?: string };
  /** How the table shows it. Default: not at all. */
  readonly table?: {
    /** Keys left to right, and how wide they usually are. Unit: cells. */
    readonly widths: Readonly<Record<string, number>>;
    /** More of them with `-Y`. */
    readonly payload?: Readonly<Record<string, number>>;
    /** Keys of hex that are shown in the place of a number that is absent. */
    readonly hex?: Readonly<Record<string, string>>;
  };
}
