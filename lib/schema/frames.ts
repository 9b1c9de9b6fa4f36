/** The frames of a stack, and the one line of text that they make. */
import type { Key } from './records.js';

/** What is told of a frame. A missing value is an absent key. */
export const FRAME_KEYS = [
  {
    name: 'addr',
    type: 'hex',
    description: 'address of the instruction: of the leaf the next one, of the others where they go on',
    example: '55d0c0001234',
  },
  { name: 'name', type: 'text', description: 'the function, demangled', example: 'exec_simple_query', optional: true },
  {
    name: 'offset',
    type: 'integer',
    unit: 'bytes',
    description: "of the address from the function's start; without a name from the start of the module's file",
    example: 18,
    optional: true,
  },
  {
    name: 'module',
    type: 'text',
    description:
      'the file that the code is mapped from, as the process sees it; `[vdso]`; in the kernel `[name]` of a module, `[bpf]`, and nothing for its core',
    example: '/usr/lib/postgresql/15/bin/postgres',
    optional: true,
  },
  { name: 'build_id', type: 'hex', description: 'build id of that file', example: '9f1ac6b2', optional: true },
  { name: 'file', type: 'text', description: 'source file', example: '/src/postgres.c', optional: true },
  { name: 'line', type: 'integer', description: 'its line', example: 1234, optional: true },
  {
    name: 'inlined',
    type: 'boolean',
    description: 'the function is part of the next one with the same address; always true',
    example: true,
    optional: true,
  },
] as const satisfies readonly Key[];

/** A frame of a `kstack` or `ustack` record. */
export interface StackFrame {
  addr: string;
  name?: string;
  offset?: number;
  module?: string;
  build_id?: string;
  file?: string;
  line?: number;
  inlined?: true;
}

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** The separator and what ends a line are not part of a name. */
const tidy = (name: string) => name.replaceAll(';', ':').replaceAll(/[\r\n]/g, ' ');

/** One frame as text: `name+0x12`, `name[inlined]`, `libc.so.6+0x1234` or `0x55d0c0001234`. */
export function frameText({ addr, name, offset, module, inlined }: StackFrame): string {
  if (name !== undefined) {
    if (inlined) return `${tidy(name)}[inlined]`;
    return offset === undefined ? tidy(name) : `${tidy(name)}+0x${offset.toString(16)}`;
  }
  if (module !== undefined && offset !== undefined) return `${tidy(baseName(module))}+0x${offset.toString(16)}`;
  return `0x${addr}`;
}

/** All frames, leaf first, joined with `;`. `undefined` when nothing is known of any of them. */
export function symbolsOf(frames: readonly StackFrame[]): string | undefined {
  if (frames.every(({ name, module }) => name === undefined && module === undefined)) return undefined;
  return frames.map(frameText).join(';');
}
