/** Arguments of system calls in memory that does not come: nobody may be able to stop the sampler with it. */
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { startThreads } from '../support/in-threads.js';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';
import { parseNdjson, startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const noFuse = skip || (existsSync('/dev/fuse') ? false : 'there is no /dev/fuse');
/** Long for three samples, also on a slow machine. */
const LONG_MS = 20_000;

for (const [what, how, reason] of [
  ['that nobody fills', 'userfault', skip],
  ['of a file system that does not answer', 'file', noFuse],
] as const) {
  t.test(`arguments in memory ${what} are left out, and hold nothing up`, { skip: reason }, async (t) => {
    const { pid, tids, child } = await startThreads(t, 'missing-page', [t.testdir({}), how]);
    child.stdin!.write('.');
    await until('memory to go', () => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'missing\n');
    const xcapture = startXcapture(t, ['--ndjson', '-a', '-F', 10, '-i', 3, '-p', pid]);
    const output = buffer(xcapture.stdout!);
    const timer = setTimeout(() => xcapture.kill('SIGKILL'), LONG_MS);
    const [status] = (await once(xcapture, 'close')) as [number | null];
    clearTimeout(timer);
    t.equal(status, 0, 'it ends by itself');
    if (status !== 0) return;
    const rows = parseNdjson(await output).flatMap((one) => (one.type === 'sample' ? [one] : []));
    t.equal(rows.length, 3 * (tids.size + 1));
    for (const [name, tid] of tids) {
      const own = rows.filter((row) => row.tid === tid);
      t.strictSame(
        own.map(({ syscall, filename, state }) => ({ syscall, filename, state })),
        Array.from({ length: 3 }, () => ({ syscall: name, filename: undefined, state: 'SLEEP' })),
      );
    }
  });
}
