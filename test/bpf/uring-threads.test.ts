/** io_uring: the threads that the kernel makes for a process. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { waitForState } from '../support/asleep.js';
import { checkVerdict, fileOf, runCases, type CaseResult } from '../support/cases.js';
import { fuseSkipReason, makeStalledFile } from '../support/fuse.js';
import { until } from '../support/poll.js';
import { threadsOf } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();
const noFuse = skip || fuseSkipReason();

/** The thread that the kernel has made for this process, once there is one. */
async function kernelThread(pid: number, name: string): Promise<number> {
  const commOf = (tid: number) => readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim();
  return until(`${name}-${pid}`, () => threadsOf(pid).find((tid) => commOf(tid) === `${name}-${pid}`));
}

/** Of a process with two threads, the row of the one that the kernel made. */
const otherRow = ({ pid, rows }: CaseResult) => rows.find(({ tid }) => tid !== pid)!;

t.test('threads of io_uring', { skip }, async (t) => {
  const stalled = noFuse ? undefined : await makeStalledFile(t);
  const cached = `cached=${stalled?.path}`;
  const cases = ['splice', 'read!', 'sqpoll read', ...(stalled ? [cached] : [])];
  const results = await runCases(t, 'uring-waits', cases, {
    ...stalled,
    settle: async (ready) => {
      await waitForState(await kernelThread(ready[0]!, 'iou-wrk'), 'S');
      await waitForState(await kernelThread(ready[1]!, 'iou-wrk'), 'S');
      await waitForState(await kernelThread(ready[2]!, 'iou-sqp'), 'S');
      if (stalled) await waitForState(await kernelThread(ready[3]!, 'iou-wrk'), 'D');
    },
  });

  t.test('each belongs to its process, is in no call, and has its name from the kernel', (t) => {
    for (const words of cases) {
      const { pid, row, rows } = results.of(words);
      t.equal(rows.length, 2);
      const other = otherRow(results.of(words));
      t.match(other, { tgid: pid, comm: `iou-${words.startsWith('sqpoll') ? 'sqp' : 'wrk'}-${pid}`, exe: row.exe! });
      t.equal(other.syscall, undefined);
    }
    t.end();
  });

  t.test('a worker shows the request that it works on, and whose it is', (t) => {
    const result = results.of('splice');
    const fd = result.told('fd0');
    const file = fileOf(result.pid, fd);
    const shows = { uringfilename: file, extra_info: { uring: { opcode: 'SPLICE', fd, file } } };
    t.match(otherRow(result), { state: 'SLEEP', ...shows });
    t.equal(otherRow(result).extra_info?.uring?.owner_tid, result.pid);
    t.match(result.row, { reason: 'uring', ...shows }, 'and so does the thread that waits');
    t.end();
  });

  t.test('a worker that is stuck in a file is active', { skip: noFuse }, (t) => {
    const result = results.of(cached);
    const { path } = stalled!;
    const other = otherRow(result);
    const request = {
      opcode: 'READ',
      offset: 8192,
      len: 4096,
      fd: result.told('fd0'),
      file: path,
      owner_tid: result.pid,
    };
    t.match(other, { state: 'DISK', reason: 'active', uringfilename: path, extra_info: { uring: request } });
    t.match(result.row, { reason: 'uring', uringfilename: path });
    t.equal(result.shown.length, 2, 'both are in the default view');
    t.end();
  });

  t.test('a worker that has nothing to do shows nothing', (t) => {
    // It has only asked to be told when there is something to read.
    const result = results.of('read!');
    const other = otherRow(result);
    t.match(result.row, { reason: 'uring', uringfilename: fileOf(result.pid, result.told('fd0')) });
    t.match(other, { state: 'SLEEP', reason: 'sleep', uringfilename: undefined, extra_info: undefined });
    t.strictSame(result.shown, [result.pid]);
    t.end();
  });

  t.test('who waits for a ring that a thread polls sees what is in flight', (t) => {
    const result = results.of('sqpoll read');
    checkVerdict(t, result, 'uring');
    const { submitted = 0, completed = 0, opcode, fd } = result.row.extra_info!.uring!;
    t.strictSame([submitted - completed, opcode, fd], [1, 'READ', result.told('fd0')]);
    t.end();
  });
});
