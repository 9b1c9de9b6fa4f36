/** Profiles for speedscope, held against its own schema. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import t from 'tap';
import { speedscope } from '../../lib/stacks/speedscope.js';
import type { StackCounts, Weight } from '../../lib/stacks/stack-counts.js';
import { anyRecords, both, counted, HEADER, KSTACK, sample, USTACK } from '../support/stacks.js';

interface File {
  shared: { frames: { name: string; file?: string; line?: number }[] };
  profiles: { unit: string; startValue: number; endValue: number; samples: number[][]; weights: number[] }[];
}

const schemaFile = new URL('release/file-format-schema.json', import.meta.resolve('speedscope/dist/'));
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);

function parsed(counts: StackCounts, weight: Weight): File {
  const file = JSON.parse([...speedscope(counts, weight)].join('')) as File;
  if (!validate(file)) throw new Error(JSON.stringify(validate.errors));
  return file;
}

t.test('samples name their frames root first, with files and lines', async (t) => {
  const records = [HEADER, USTACK, KSTACK, both(), both({ state: 'RUN' }), sample({ comm: 'b' })];
  const counts = await counted(records, { stripOffsets: true });
  const { shared, profiles } = parsed(counts, 'us');
  const [profile] = profiles;
  t.match(profile, { unit: 'microseconds', startValue: 0, endValue: 150_000, weights: [50_000, 50_000, 50_000] });
  const paths = profile!.samples.map((indices) => indices.map((index) => shared.frames[index]!.name).join(' '));
  const path = 'app main caller inner_[i] leaf do_syscall_64_[k] vfs_read_[k] schedule_[k]';
  t.strictSame(paths, [path, path, 'b [no stack]']);
  t.strictSame(
    shared.frames.find(({ name }) => name === 'leaf'),
    { name: 'leaf', file: '/x.c', line: 12 },
  );
  t.equal(shared.frames.length, 10, 'each frame is there once');
  t.match(parsed(counts, 'count').profiles[0], { unit: 'none', endValue: 3 });
});

t.test('any name is accepted', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRecords, async (records) => {
      const counts = await counted(records);
      const [profile] = parsed(counts, 'count').profiles;
      t.equal(profile!.endValue, counts.samples);
    }),
  );
});
