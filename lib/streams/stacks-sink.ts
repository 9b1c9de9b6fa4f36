/** The end of a pipeline that counts stacks. */
import { Writable } from 'node:stream';
import type { StackCounts } from '../stacks/stack-counts.js';
import { isStack } from '../schema/records.js';
import { isSample, type Batch, type StreamRecord } from '../batch.js';

export interface StacksSinkOptions {
  /** A header begins a new run, whose hashes name other stacks. Not so in a directory, where stacks come first. */
  hasRuns: boolean;
}

/** A Writable of `Batch` that adds samples and stacks to the counts. Other records are ignored. */
export function stacksSink(counts: StackCounts, { hasRuns }: StacksSinkOptions): Writable {
  const add = (record: StreamRecord): void => {
    if (isSample(record)) counts.add(record);
    else if (isStack(record)) {
      counts.table.learn(record.type, record.hash, record);
    } else if (record.type === 'header' && hasRuns) counts.table.startRun();
  };
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write: (batch: Batch, _encoding, done) => {
      for (const record of batch.records) add(record);
      done();
    },
  });
}
