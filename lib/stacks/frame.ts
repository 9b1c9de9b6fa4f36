/** Frames of stacks, as people read them. */
import { basename } from 'node:path';
import { escapeControls } from '../format/terminal-text.js';

/** `root`: what `--by` puts at the root. `mark`: stands for frames that are not known. */
export const FRAME_KINDS = ['root', 'user', 'kernel', 'mark'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

export interface Frame {
  readonly kind: FrameKind;
  /** Never empty; nothing in it acts on a terminal, and XML can hold it. */
  readonly name: string;
  readonly isInlined: boolean;
  /** As it was recorded; hex. */
  readonly addr?: string | undefined;
  /** Where the frame has no symbol: offset in its module. */
  readonly moduleOffset?: number | undefined;
  /** Its function has a name: not merely an address. */
  readonly isSymbolized: boolean;
  readonly module?: string | undefined;
  readonly buildId?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** Of a `kstack` or `ustack` record, as it comes from a file: anything may be missing or odd. */
export interface StackRecord {
  readonly syms?: unknown;
  readonly frames?: unknown;
}

const UNKNOWN = '[unknown]';
const ENTRY = /^(.*?)(?:\+0x([0-9a-f]+))?(\[inlined\])?$/s;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

/** Of what is no function: a value of `--by`, or a mark for frames that are missing. */
export const plainFrame = (kind: 'root' | 'mark', text: string): Frame => ({
  kind,
  name: escapeControls(text) || UNKNOWN,
  isInlined: false,
  isSymbolized: false,
});

/** How a frame is called: what is left of it without its offset, when that is not wanted. */
const withOffset = (name: string, offset: number | undefined, strips: boolean) =>
  offset === undefined || strips ? name : `${name}+0x${offset.toString(16)}`;

function fromEntry(entry: Record<string, unknown>, kind: 'user' | 'kernel', strips: boolean): Frame {
  const [symbol, addr] = [textOf(entry['name']), textOf(entry['addr'])];
  const module = textOf(entry['module']);
  const offset = countOf(entry['offset']);
  const place = symbol ?? (module !== undefined && offset !== undefined ? basename(module) : undefined);
  const name = place === undefined ? addr && `0x${addr}` : withOffset(place, offset, strips);
  return {
    kind,
    name: (name && escapeControls(name)) || UNKNOWN,
    isInlined: entry['inlined'] === true,
    isSymbolized: symbol !== undefined,
    moduleOffset: symbol === undefined ? offset : undefined,
    addr,
    module,
    buildId: textOf(entry['build_id']),
    file: textOf(entry['file']),
    line: countOf(entry['line']),
  };
}

function fromText(text: string, kind: 'user' | 'kernel', addr: string | undefined, strips: boolean): Frame {
  const [, name = '', hex, inlined] = ENTRY.exec(text) ?? [];
  const label = hex === undefined || strips ? name : `${name}+0x${hex}`;
  return {
    kind,
    name: escapeControls(label) || UNKNOWN,
    isInlined: inlined !== undefined,
    isSymbolized: name !== '' && !/^0x[0-9a-f]+$/.test(name),
    addr,
  };
}

/**
 * The frames of a record, the leaf first; none when it tells of none. A list of bare addresses beside names, as CSV has
 * it, gives the names their addresses.
 */
export function framesOf({ syms, frames }: StackRecord, kind: 'user' | 'kernel', strips: boolean): Frame[] {
  const entries = (Array.isArray(frames) ? frames : []).filter(
    (entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null,
  );
  const names = textOf(syms)?.split(';') ?? [];
  const isTold = entries.some(({ name, module }) => textOf(name) !== undefined || textOf(module) !== undefined);
  if (names.length === 0 || isTold) return entries.map((entry) => fromEntry(entry, kind, strips));
  const addresses = entries.length === names.length ? entries : [];
  return names.map((text, index) => fromText(text, kind, textOf(addresses[index]?.['addr']), strips));
}
