/** With `-t iorq` a thread that waits for asynchronous I/O names the file and the thread of what is pending. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();

for (const [words, what, key, column] of [
  ['kernel AIO', 'aio', 'aio', 'aiofilename'],
  ['io_uring', 'ring', 'uring', 'uringfilename'],
] as const) {
  t.test(`${words}: the oldest request in flight tells its file and who submitted it`, { skip }, async (t) => {
    const file = join(t.testdir(), 'disk');
    writeFileSync(file, Buffer.alloc(4 << 20));
    const { pid, ready } = await startWorkload(t, 'pending-io', [file, what]);
    const { rows } = await record(t, ['-a', '-t', 'iorq', '-F', 200, '-i', 300, '-p', pid], { mayLose: true });
    const waiting = rows.filter(({ tid, extra_info: extra }) => tid === ready['waiter'] && extra?.[key] !== undefined);
    const told = waiting.filter(({ extra_info: extra }) => extra?.[key]?.owner_tid !== undefined);
    t.ok(told.length >= 10, `${told.length} of ${waiting.length} rows`);
    for (const row of told) {
      t.equal(row.extra_info?.[key]?.owner_tid, ready['submitter']);
      t.equal(row[column], `/dev/loop${ready['loop']}`);
    }
  });
}
