/** Streams of stacks that a test makes itself. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { replay } from '../../lib/index.js';
import { StackCounts, type StackCountsOptions } from '../../lib/stacks/stack-counts.js';
import { stacksSink } from '../../lib/streams/stacks-sink.js';

export const hashOf = (number: number): string => number.toString(16).padStart(16, '0');

export const HEADER = { type: 'header', schema_version: 1, start_time: '2026-11-23T01:00:00.000000Z' };

export const USTACK = {
  type: 'ustack',
  hash: hashOf(1),
  syms: 'leaf+0x12;inner[inlined];caller+0x8;main+0x40',
  frames: [
    { addr: '55d0c0001234', name: 'leaf', offset: 18, module: '/usr/bin/x', build_id: 'ab12', file: '/x.c', line: 12 },
    {
      addr: '55d0c0002008',
      name: 'inner',
      inlined: true,
      module: '/usr/bin/x',
      build_id: 'ab12',
      file: '/x.h',
      line: 3,
    },
    { addr: '55d0c0002008', name: 'caller', offset: 8, module: '/usr/bin/x', build_id: 'ab12', file: '/x.c', line: 40 },
    { addr: '55d0c0003040', name: 'main', offset: 64, module: '/usr/bin/x', build_id: 'ab12', file: '/x.c', line: 99 },
  ],
  unwinder: 'frame_pointer',
};
export const KSTACK = { type: 'kstack', hash: hashOf(2), syms: 'schedule+0x1a;vfs_read+0x9;do_syscall_64+0x55' };

export const sample = (more: object = {}): object => ({
  type: 'sample',
  timestamp: '2026-11-23T01:07:28.000000Z',
  tid: 7,
  state: 'SLEEP',
  comm: 'app',
  weight_us: 50_000,
  ...more,
});

/** A sample with both stacks. */
export const both = (more: object = {}): object => sample({ ustack_hash: hashOf(1), kstack_hash: hashOf(2), ...more });

export const linesOf = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** What the stream of these records counts. */
export async function counted(
  records: readonly object[],
  options: Partial<StackCountsOptions> = {},
): Promise<StackCounts> {
  const counts = new StackCounts({ by: ['comm'], side: 'both', stripOffsets: false, ...options });
  const input = Readable.from([Buffer.from(linesOf(records))]);
  await pipeline([replay(input), stacksSink(counts, { hasRuns: true })]);
  return counts;
}

/** Names that break formats: of functions, modules and threads. */
export const HOSTILE = [
  'a;b',
  'x\ny 3',
  'op 12',
  '# c',
  '</script><script>alert(1)</script>',
  ']]><x>&amp;"\'',
  '\u001b[31mred\u0000\u0007',
  '\ud800',
  '\u202e\ufffe\u2028',
  '<!--',
  ' ',
  '',
  '${x}`\\u003c',
  'operator<<(std::ostream&, char const*)',
];

/** Streams with any text in any place. */
export const anyRecords: fc.Arbitrary<object[]> = fc
  .record({
    names: fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 12 })), {
      minLength: 1,
      maxLength: 6,
    }),
    kernel: fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })), { maxLength: 4 }),
    samples: fc.array(
      fc.record({
        comm: fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 15 })),
        state: fc.constantFrom('RUN', 'RUNQ', 'SLEEP', 'DISK'),
        kstack_hash: fc.constantFrom(undefined, hashOf(2), hashOf(3), 'no; hash\n1'),
        ustack_hash: fc.constantFrom(undefined, hashOf(1), hashOf(4)),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ names, kernel, samples }) => [
    HEADER,
    { ...USTACK, frames: names.map((name, index) => ({ addr: 'ff', name, module: name, inlined: index % 2 === 1 })) },
    { ...KSTACK, syms: kernel.join(';') },
    ...samples.map(sample),
  ]);
