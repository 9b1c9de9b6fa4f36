/** Profiles for pprof, read by another reader. */
import * as fc from 'fast-check';
import t from 'tap';
import { pprof } from '../../lib/stacks/pprof.js';
import { readProfile } from '../support/pprof.js';
import { anyRecords, both, counted, hashOf, HEADER, KSTACK, sample, USTACK } from '../support/stacks.js';

const read = async (
  records: object[],
  ...[options]: Parameters<typeof counted> extends [unknown, ...infer R] ? R : []
) => readProfile(Buffer.from(pprof(await counted(records, options), 'us')));

t.test('samples have both weights, labels, and locations with what was inlined', async (t) => {
  const records = [HEADER, USTACK, KSTACK, both(), both({ syscall: 'read', state: 'RUN' }), both()];
  const { types, defaultType, samples } = await read(records, { by: ['comm', 'syscall'], stripOffsets: true });
  t.strictSame(types, ['samples/count', 'time/microseconds']);
  t.equal(defaultType, 'time');
  const locations = [
    'schedule :0',
    'vfs_read :0',
    'do_syscall_64 :0',
    'leaf /x.c:12',
    'inner /x.h:3 < caller /x.c:40',
    'main /x.c:99',
  ];
  t.strictSame(samples, [
    { locations, values: [2, 100_000], labels: { comm: 'app', on_cpu: 'false' } },
    { locations, values: [1, 50_000], labels: { comm: 'app', syscall: 'read', on_cpu: 'true' } },
  ]);
});

t.test('mappings have build ids, the kernel comes last, and addresses are exact', async (t) => {
  const kernel = {
    ...KSTACK,
    frames: ['ffffffff81000001', 'ffffffff81000002', 'ffffffff81000003'].map((addr) => ({ addr })),
  };
  const bare = { type: 'ustack', hash: hashOf(5), frames: [{ addr: '7f01', module: '/lib/libc.so.6', offset: 4660 }] };
  const records = [HEADER, kernel, USTACK, bare, both(), sample({ ustack_hash: hashOf(5) })];
  const { mappings, addresses } = await read(records, { stripOffsets: true });
  t.strictSame(mappings, [
    { file: '/usr/bin/x', buildId: 'ab12', hasFunctions: true },
    { file: '/lib/libc.so.6', buildId: '', hasFunctions: false },
    { file: '[kernel.kallsyms]', buildId: '', hasFunctions: true },
  ]);
  t.equal(addresses['do_syscall_64'], 0xffffffff81000003n);
  t.equal(addresses['caller'], 0x55d0c0002008n);
  t.equal(addresses['libc.so.6'], 4660n, 'the offset in the module, by which tools find the symbol');
});

t.test('any name is accepted, and no sample is lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRecords, async (records) => {
      const { samples } = await read(records);
      const all = records.filter((record) => (record as { type: string }).type === 'sample').length;
      t.equal(
        samples.reduce((sum, { values }) => sum + values[0]!, 0),
        all,
      );
      for (const { locations, labels } of samples) {
        t.ok(locations.length > 0);
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        t.notMatch([...locations, ...Object.values(labels)].join(''), /[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
  );
});
