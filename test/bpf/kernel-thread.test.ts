/** Kernel threads that are stuck are no idle ones. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { waitForState } from '../support/asleep.js';
import { fuseSkipReason, makeStalledFile } from '../support/fuse.js';
import { until } from '../support/poll.js';
import { processes, stateLetter } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
const noLoop =
  skip || fuseSkipReason() || (!existsSync('/dev/loop-control') && 'this kernel has no loop devices, or not yet');

/** Name of a kernel thread, with the queue that it works on, which BPF does not see. */
function nameOf(tid: number): string {
  try {
    return readFileSync(`/proc/${tid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

t.test('a kernel thread that is stuck in a read is active, and in the default view', { skip: noLoop }, async (t) => {
  const { path, start } = await makeStalledFile(t);
  const { pid, ready } = await start('loop-read', [path]);
  await waitForState(pid, 'D');
  const stuck = await until('a kernel thread in the read', () =>
    processes().find((tid) => nameOf(tid).endsWith(`+loop${ready['loop']}`) && stateLetter(tid) === 'D'),
  );
  const { rows } = await record(t, ['-i', 1]);
  t.match(
    rows.find(({ tid }) => tid === stuck),
    { tgid: stuck, state: 'DISK', reason: 'active', exe: '[kernel]', comm: /^kworker\// },
  );
  t.match(
    rows.find(({ tid }) => tid === pid),
    { state: 'DISK', reason: 'active', syscall: 'read', filename: `/dev/loop${ready['loop']}` },
    'and so is the process that reads',
  );
});
