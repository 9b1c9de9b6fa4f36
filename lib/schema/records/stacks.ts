/** The records `kstack` and `ustack`. */
import type { CsvColumn } from '../csv-file.js';
import type { Key, RecordType } from '../record-type.js';

const keys = [
  {
    name: 'hash',
    type: 'hex',
    description:
      'identifies the stack: 64 bits of FNV-1a over its frames, of a user stack also over the program that it belongs to',
    example: '8c3e21f0a9b4d775',
  },
  {
    name: 'syms',
    type: 'text',
    description:
      'frames as one text, leaf first, joined with `;`: `name+0x12`, `name[inlined]`, `module+0x1234` or `0x55d0c0001234`; absent when nothing is known of any frame, and with `-N`',
    example: 'pipe_read+0x2c1;vfs_read+0x209;ksys_read+0xbb',
    optional: true,
  },
  {
    name: 'frames',
    type: 'frames',
    description: 'frames one by one, leaf first: address, function, module and source of each, where known',
    example: [{ addr: 'ffffffff8141a2b1', name: 'pipe_read', offset: 705 }],
  },
] as const satisfies readonly Key[];

const columns = (letter: 'K' | 'U'): CsvColumn[] => [
  { name: `${letter}STACK_HASH`, form: 'stack_hash', key: 'hash' },
  { name: `${letter}STACK_SYMS`, form: 'symbols', key: 'syms' },
  { name: `${letter}STACK_ADDRS`, form: 'addresses', key: 'frames' },
];

export const KSTACK = {
  name: 'kstack',
  description:
    'A kernel stack, before the first row that names it, and again when thousands of others came between. With `-k`.',
  namedBy: 'kstack_hash',
  csv: { name: 'kstacks', columns: columns('K') },
  keys,
} as const satisfies RecordType;

export const USTACK = {
  name: 'ustack',
  description:
    'A user stack, before the first row that names it, and again when thousands of others came between. With `-u`. Processes that were forked from one share their stacks; other programs never do.',
  namedBy: 'ustack_hash',
  csv: { name: 'ustacks', columns: columns('U') },
  keys: [
    ...keys,
    {
      name: 'unwinder',
      type: 'text',
      description:
        'how the frames were found: `eh_frame` (by the unwind tables of the mapped files, and by frame pointers where a file has none) or `frame_pointer` (by frame pointers alone)',
      example: 'eh_frame',
      optional: true,
    },
  ],
} as const satisfies RecordType;
