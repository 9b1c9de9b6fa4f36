/** Folded stacks, read as flamegraph.pl reads them. */
import * as fc from 'fast-check';
import t from 'tap';
import { folded } from '../../lib/stacks/folded.js';
import { anyRecords, both, counted, HEADER, KSTACK, sample, USTACK } from '../support/stacks.js';

t.test('kernel and inlined frames are marked, and paths are sorted', async (t) => {
  const counts = await counted([HEADER, USTACK, KSTACK, both(), both({ state: 'RUN' }), sample()], {
    stripOffsets: true,
  });
  const path = 'app;main;caller;inner_[i];leaf;do_syscall_64_[k];vfs_read_[k];schedule_[k]';
  t.equal([...folded(counts, 'count')].join(''), `app;[no stack] 1\n${path} 2\n`);
  t.equal([...folded(counts, 'us')].join(''), `app;[no stack] 50000\n${path} 100000\n`);
});

t.test('a stack that weighs nothing has no line', async (t) => {
  t.strictSame([...folded(await counted([HEADER, sample({ weight_us: 0 })]), 'us')], []);
});

t.test('no name breaks a line, adds a frame or passes for a count', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRecords, async (records) => {
      const counts = await counted(records);
      let sum = 0;
      const depths = new Set([...counts.all()].map((one) => 1 + counts.framesOf(one).length));
      for (const line of [...folded(counts, 'count')].join('').split('\n').slice(0, -1)) {
        // As flamegraph.pl does: a number at the end, and of two the first is the count of another profile.
        const [, path = '', count = ''] = /^(.*)\s+?(\d+(?:\.\d*)?)$/u.exec(line) ?? [];
        t.notMatch(path, /\s\d+(?:\.\d*)?$/u);
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        t.notMatch(line, /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u);
        t.notMatch(line, /^# /, 'a comment for inferno');
        t.ok(depths.has(path.split(';').length), line);
        t.ok(
          path.split(';').every((name) => name !== ''),
          line,
        );
        sum += Number(count);
      }
      t.equal(sum, counts.samples);
    }),
  );
});
