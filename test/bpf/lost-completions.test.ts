/** Completions that find no room are counted, and the others come. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import t from 'tap';
import type { LossRecord, SampleRecord, SummaryRecord, SyscendRecord } from '../../lib/index.js';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';
import { parseLine } from '../support/schema.js';
import { startWorkload } from '../support/workload.js';
import { startXcapture } from '../support/xcapture.js';

/** More than the ring buffer of 4 MiB holds, with a payload of 512 bytes each. */
const THREADS = 9000;

t.test(
  'while xcapture does not run, more ends than the ring holds are lost and counted',
  { skip: bpfSkipReason() },
  async (t) => {
    const { child: workload, pid } = await startWorkload(t, 'many-reads', [THREADS]);
    let done = false;
    createInterface({ input: workload.stdout! }).on('line', (line) => (done ||= line === 'done'));
    const child = startXcapture(t, ['--ndjson', '-a', '-Y', '-F', 1, '-i', 8, '-p', pid]);
    const sampled = new Set<number>();
    const ended: SyscendRecord[] = [];
    let lost = 0;
    let summary: SummaryRecord | undefined;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const record = parseLine(line);
      if (record.type === 'sample') {
        const { tid, syscall_active: name, sysc_seq_num: seq } = record as SampleRecord;
        if (tid !== pid && name === 'read' && seq !== undefined) sampled.add(seq);
      } else if (record.type === 'syscend') ended.push(record as SyscendRecord);
      else if (record.type === 'loss') lost += (record as LossRecord).count;
      else if (record.type === 'summary') summary = record as SummaryRecord;
    });
    await until('a sample of all', () => sampled.size >= THREADS);
    child.kill('SIGSTOP');
    workload.stdin!.write('go\n');
    await until('the end of all reads', () => done);
    child.kill('SIGCONT');
    const [status] = (await once(child, 'close')) as [number];
    const reads = ended.filter(({ tid, syscall_name: name }) => tid !== pid && name === 'read');
    t.ok(lost > 0, `${lost} lost`);
    t.equal(reads.length + lost, THREADS);
    t.ok(reads.every(({ trace_payload_len: bytes }) => bytes === 512));
    t.equal(summary?.lost, lost);
    t.equal(status, 3);
  },
);
