/** What sampled system calls read and write: the first 512 bytes, whatever carries them. */
import t from 'tap';
import type { SampleRecord, SyscendRecord } from '../../lib/index.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason();
const MAX_BYTES = 512;

interface Case {
  /** The call as the records name it. */
  syscall: string;
  payload: string;
  /** Its rows show the payload, too. */
  isWrite: boolean;
}

const textOf = (name: string) => `${name}:`.repeat(MAX_BYTES).slice(0, MAX_BYTES);
const digits = Array.from({ length: 6 }, (_, i) => String(i).repeat(100))
  .join('')
  .slice(0, MAX_BYTES);

function casesOf(): Record<string, Case> {
  const cases: Record<string, Case> = {};
  const add = (thread: string, syscall: string, payload: string, isWrite: boolean) =>
    (cases[thread] = { syscall, payload, isWrite });
  for (const name of ['read', 'pread64', 'readv', 'preadv', 'preadv2']) add(name, name, textOf(name), false);
  for (const name of ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendto', 'sendmsg'])
    add(name, name, textOf(name), true);
  add('recvfrom', 'recvfrom', textOf('sendto'), false);
  add('truncated', 'recvfrom', textOf('sendto').slice(0, 100), false);
  add('recvmsg', 'recvmsg', textOf('sendmsg'), false);
  add('sendmmsg', 'sendmmsg', digits, true);
  add('recvmmsg', 'recvmmsg', digits, false);
  add('short', 'write', 'abc', true);
  if (process.arch === 'x64') {
    add('compat_writev', 'i386:writev', textOf('compat_writev'), true);
    add('compat_sendmsg', 'i386:sendmsg', textOf('compat_sendmsg'), true);
  }
  return cases;
}

t.test('every call that reads or writes shows the first 512 bytes of it', { skip }, async (t) => {
  const { pid, ready } = await startWorkload(t, 'payload-calls');
  const { records, summary } = await record(t, ['-a', '-Y', '-F', 25, '-i', 40, '-p', pid]);
  const ends = records.filter((one): one is SyscendRecord => one.type === 'syscend');
  const rows = records.filter((one): one is SampleRecord => one.type === 'sample');
  t.equal(summary.lost, 0);
  for (const [thread, { syscall, payload, isWrite }] of Object.entries(casesOf())) {
    const own = <T extends { tid?: number | undefined }>(all: T[]) => all.filter(({ tid }) => tid === ready[thread]);
    const told = own(ends).filter(({ syscall_name: name }) => name === syscall);
    t.ok(told.length > 0, `${thread}: ${told.length} records`);
    // A send of several may have sent fewer.
    const whole = thread === 'sendmmsg' ? told.filter(({ sysc_ret_val: sent }) => sent! >= 6) : told;
    const hex = Buffer.from(payload).toString('hex');
    t.strictSame([...new Set(whole.map((end) => end.trace_payload))], whole.length > 0 ? [hex] : [], thread);
    for (const end of told.filter((one) => whole.includes(one))) {
      if (end.trace_payload_len !== payload.length || end.trace_payload_sys !== syscall)
        t.fail(`${thread}: ${JSON.stringify(end)}`);
      if (end.trace_payload_seq !== end.sysc_seq_num) t.fail(`${thread}: ${JSON.stringify(end)}`);
    }
    // A call that ends while it is looked at leaves its payload to its own record.
    const shown = own(rows).filter((row) => row.syscall_active === syscall);
    const filled = shown.filter((row) => row.trace_payload !== undefined);
    const values = (key: 'trace_payload' | 'trace_payload_len') => new Set(filled.map((row) => row[key]));
    if (isWrite) {
      t.strictSame([...values('trace_payload')], [hex], `rows of ${thread}`);
      t.strictSame([...values('trace_payload_len')], [payload.length], `rows of ${thread}`);
      const asleep = shown.filter(({ state }) => state === 'SLEEP');
      const filledAsleep = filled.filter(({ state }) => state === 'SLEEP');
      t.ok(filledAsleep.length * 2 >= asleep.length, `${filledAsleep.length} of ${asleep.length} that sleep`);
    } else {
      t.notOk(
        shown.some((row) => row.trace_payload !== undefined),
        `rows of ${thread}`,
      );
    }
  }
});
