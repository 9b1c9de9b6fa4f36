/** A field of the byte stream, before it has its place in a struct. */

export type CType = 'u8' | 'u16' | 'u32' | 's32' | 'u64' | 'char16' | 'char32';

export interface Field {
  readonly name: string;
  readonly ctype: CType;
  /** Unit and sentinel, for the C header. */
  readonly comment?: string;
}
