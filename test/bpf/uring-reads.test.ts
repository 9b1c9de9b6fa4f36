/** io_uring: reads of a file that does not answer, which the kernel keeps no list of. */
import t from 'tap';
import { checkVerdict, runCases } from '../support/cases.js';
import { fuseSkipReason, makeStalledFile } from '../support/fuse.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason() || fuseSkipReason();
/** Where the workload reads, and how much. */
const PLACE = { offset: 8192, len: 4096 };

t.test('reads of a file that does not answer', { skip }, async (t) => {
  const { path, start } = await makeStalledFile(t);
  /** Whose entry in the queue is another's by now, or not to be told from another's. */
  const hidden = [
    { name: 'a request whose entry was used for another one', words: `file=${path}${' done'.repeat(16)}` },
    {
      name: 'a request whose entry was filled for one that is not submitted yet',
      words: `file=${path} unsubmitted=16`,
    },
    { name: 'a request that carries the same data as one that is done', words: `same file=${path} done` },
  ];
  const rings = ['sqe128', 'cqe32', 'no_sqarray', 'no_mmap', 'fd_only', 'defer', 'sqpoll', 'registered'].map(
    (make) => `${make} done done file=${path}`,
  );
  const reads = [
    { name: 'a read shows its file', words: `file=${path}`, shows: { opcode: 'READ' } },
    {
      name: 'a read into a registered buffer shows it',
      words: `fixed=${path}`,
      shows: { opcode: 'READ_FIXED', buf_index: 1 },
    },
    { name: 'a read beside a receive is a request', words: `recv file=${path}`, shows: {} },
  ];
  const registered = `registered-file=${path}`;
  const all = [...[...reads, ...hidden].map(({ words }) => words), ...rings, registered];
  const results = await runCases(t, 'uring-waits', all, { start });

  for (const { name, words, shows } of reads) {
    t.test(name, { skip: results.whyNot(words) }, (t) => {
      const { row, told } = results.of(words);
      checkVerdict(t, results.of(words), 'uring');
      if ('opcode' in shows) {
        t.match(row.extra_info?.uring, { ...shows, ...PLACE, fd: told('fd0'), file: path });
        t.equal(row.uringfilename, path);
      }
      t.end();
    });
  }

  t.test('nothing waits in either queue of a ring with a read in flight', (t) => {
    const { row } = results.of(`file=${path}`);
    t.match(row.extra_info?.uring, { submitted: 1, completed: 0, sq: 0, cq: 0 });
    t.end();
  });

  t.test('a read of a registered file shows index and file, and no descriptor', (t) => {
    const { row } = results.of(registered);
    checkVerdict(t, results.of(registered), 'uring');
    t.match(row.extra_info?.uring, { opcode: 'READ', reg_idx: 2, file: path, ...PLACE });
    t.equal(row.extra_info?.uring?.fd, undefined);
    t.equal(row.uringfilename, path);
    t.end();
  });

  for (const words of rings) {
    t.test(`a ring made with ${words.split(' ')[0]} shows its read`, { skip: results.whyNot(words) }, (t) => {
      const { row, told } = results.of(words);
      checkVerdict(t, results.of(words), 'uring');
      t.match(row.extra_info?.uring, { opcode: 'READ', ...PLACE, fd: told('fd2'), file: path });
      t.equal(row.uringfilename, path);
      t.end();
    });
  }

  for (const { name, words } of hidden) {
    t.test(`${name} is not taken for that`, (t) => {
      checkVerdict(t, results.of(words), 'uring');
      const { submitted = 0, completed = 0, opcode, file } = results.of(words).row.extra_info!.uring!;
      t.equal(submitted - completed, 1);
      t.ok([undefined, 'READ'].includes(opcode), `opcode ${opcode}`);
      t.ok([undefined, path].includes(file), `file ${file}`);
      t.end();
    });
  }
});
