/** Block requests to their completion: what, where, how much, how long, and whether it failed. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { IorqendRecord, SampleRecord } from '../../lib/index.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, type Run } from '../support/xcapture.js';

const skip = bpfSkipReason();
const FILE_BYTES = 8 << 20;
const SECTOR = 512;

interface Device {
  pid: number;
  loop: number;
  file: string;
  child: ChildProcess;
}

async function startIo(t: Test, what: string, bytes: number): Promise<Device> {
  const file = join(t.testdir(), 'disk');
  writeFileSync(file, Buffer.alloc(FILE_BYTES));
  const { pid, ready, child } = await startWorkload(t, 'direct-io', [file, what, bytes]);
  return { pid, loop: ready['loop']!, file, child };
}

const endsOf = ({ records }: Run) => records.filter((one): one is IorqendRecord => one.type === 'iorqend');
const keyOf = (tid: unknown, seq: unknown) => `${String(tid)} ${String(seq)}`;

/** Fails when a completion lacks its sample or comes twice; what lacks its completion must be counted. */
function checkJoin(t: Test, recording: Run): void {
  const named = new Set<string>();
  const ended = new Set<string>();
  for (const one of recording.records) {
    if (one.type === 'sample') {
      const { tid, iorq_seq_num: seq } = one as SampleRecord;
      if (seq !== undefined) named.add(keyOf(tid, seq));
    } else if (one.type === 'iorqend') {
      const { insert_tid: tid, iorq_seq_num: seq, ...end } = one as IorqendRecord;
      const key = keyOf(tid, seq);
      if (!named.has(key) || ended.has(key)) t.fail(`${key} has no sample, or two records`);
      if (end.duration_ns !== end.queued_ns + end.service_ns) t.fail(`${key}: ${JSON.stringify(end)}`);
      ended.add(key);
    }
  }
  const { lost, unfinished } = recording.summary;
  t.equal(named.size - ended.size, unfinished!['iorqend']! + lost, 'what has not completed is counted');
  t.ok(lost * 20 <= named.size, `${lost} of ${named.size} lost`);
}

for (const [what, operation] of [
  ['read', 'READ'],
  ['write', 'WRITE'],
] as const) {
  t.test(`a ${what} past the page cache tells its device, sector, size and operation`, { skip }, async (t) => {
    const bytes = 65536;
    const { pid, loop } = await startIo(t, what, bytes);
    const recording = await record(t, ['-a', '-T', '-F', 500, '-i', 1000, '-p', pid], { mayLose: true });
    checkJoin(t, recording);
    const ends = endsOf(recording);
    t.ok(ends.length >= 10, `${ends.length} records`);
    const device = readFileSync(`/sys/block/loop${loop}/dev`, 'utf8').trim();
    for (const end of ends) {
      t.match(end, { insert_tid: pid, insert_tgid: pid, dev: device, dev_name: `loop${loop}`, bytes });
      t.equal(end.iorq_flags.split('|')[0], operation);
      t.equal((end.sector! * SECTOR) % bytes, 0);
      t.ok(end.sector! * SECTOR < FILE_BYTES);
      t.equal(end.error, undefined);
    }
    const row = recording.rows.find(({ iorq_seq_num: seq }) => seq !== undefined);
    t.match(row?.extra_info, { iorq: { inflight: 1 } });
  });
}

for (const [what, call, flag] of [
  ['dsync', 'a write through the cache of the device', 'FUA'],
  ['ahead', 'what the page cache reads in advance', 'READAHEAD'],
] as const) {
  t.test(`${call} is marked ${flag}`, { skip }, async (t) => {
    const { pid } = await startIo(t, what, 65536);
    const recording = await record(t, ['-a', '-t', 'iorq', '-F', 500, '-i', 1000, '-p', pid], { mayLose: true });
    checkJoin(t, recording);
    const own = endsOf(recording).filter(
      ({ iorq_flags: flags, bytes }) => flags.split('|').includes(flag) && bytes > 0,
    );
    t.ok(own.length >= 5, `${own.length} records`);
  });
}

t.test('a thread that waits in fdatasync names its flush', { skip }, async (t) => {
  const { pid, loop } = await startIo(t, 'sync', 4096);
  const recording = await record(t, ['-a', '-T', '-F', 500, '-i', 1000, '-p', pid], { mayLose: true });
  checkJoin(t, recording);
  const flushes = endsOf(recording).filter(({ iorq_flags: flags }) => flags.startsWith('FLUSH'));
  t.ok(flushes.length >= 5, `${flushes.length} records`);
  for (const flush of flushes)
    t.match(flush, { insert_tid: pid, dev_name: `loop${loop}`, bytes: 0, sector: undefined });
  t.ok(
    flushes.some(({ service_ns: service }) => service > 0),
    'the device was asked',
  );
  const bySeq = new Map(endsOf(recording).map((end) => [end.iorq_seq_num, end]));
  const waiting = recording.rows.filter((row) => row.state === 'DISK' && row.syscall_active === 'fdatasync');
  const named = waiting.filter(({ iorq_seq_num: seq }) => seq !== undefined);
  t.ok(named.length > 0, `${named.length} of ${waiting.length} rows`);
  for (const { iorq_seq_num: seq } of named) {
    const end = bySeq.get(seq!);
    if (end) t.match(end.iorq_flags, /^FLUSH/);
  }
});

t.test('a device whose file cannot grow says EIO', { skip }, async (t) => {
  const { pid } = await startIo(t, 'fail', 65536);
  const recording = await record(t, ['-a', '-t', 'iorq', '-F', 500, '-i', 500, '-p', pid], { mayLose: true });
  checkJoin(t, recording);
  const ends = endsOf(recording);
  t.ok(ends.length > 0);
  t.strictSame([...new Set(ends.map(({ error }) => error))], ['EIO']);
});

t.test('a device whose file was cut short says what its reader is told', { skip }, async (t) => {
  const { pid, file, child } = await startIo(t, 'read', 65536);
  truncateSync(file, 0);
  let told = '';
  child.stdout!.on('data', (text: Buffer) => (told += text.toString()));
  const recording = await record(t, ['-a', '-t', 'iorq', '-F', 500, '-i', 500, '-p', pid], { mayLose: true });
  checkJoin(t, recording);
  const ends = endsOf(recording);
  t.ok(ends.length > 0);
  // Before Linux 6.15 a loop device reads zeros there.
  t.strictSame([...new Set(ends.map(({ error }) => error))], [told.includes('EIO') ? 'EIO' : undefined]);
});

t.test('a request that was merged into another ends with that', { skip }, async (t) => {
  const file = join(t.testdir(), 'disk');
  writeFileSync(file, Buffer.alloc(FILE_BYTES));
  const { pid, ready, child } = await startWorkload(t, 'merged-io', [file]);
  const queue = `/sys/block/loop${ready['loop']}/queue`;
  const [nomerges, scheduler] = ['nomerges', 'scheduler'].map((name) =>
    readFileSync(`${queue}/${name}`, 'utf8').trim(),
  );
  t.teardown(() => {
    writeFileSync(`${queue}/nomerges`, nomerges!);
    writeFileSync(`${queue}/scheduler`, /\[(.*)\]/.exec(scheduler!)?.[1] ?? scheduler!);
  });
  writeFileSync(`${queue}/scheduler`, 'mq-deadline');
  writeFileSync(`${queue}/nomerges`, '0');
  child.stdin!.write('go\n');
  const recording = await record(t, ['-a', '-t', 'iorq', '-F', 100, '-i', 400, '-p', pid], { mayLose: true });
  checkJoin(t, recording);
  // The one that waited from the beginning, for the third block, has become part of the one for all three.
  const merged = endsOf(recording).filter(({ insert_tid: tid, queued_ns: queued }) => tid === pid && queued >= 190e6);
  t.ok(merged.length >= 3, `${merged.length} records`);
  for (const { sector, bytes } of merged) t.match({ sector, bytes }, { sector: 0, bytes: 3 * 4096 });
});
