/**
 * What flows between the streams: a few hundred records at a time, because an object-mode stream costs a third of a
 * microsecond a chunk and a stage. A batch belongs to one sample at most; a sample may take several batches.
 */
import type { KnownRecord, KstackRecord, SampleRecord, UstackRecord } from './schema/types.gen.js';

/** A record of a type that this version does not know. It is passed on as it is. */
export interface UnknownRecord {
  type: string;
  [key: string]: unknown;
}

/** One line of NDJSON. Tell them apart by `type`. */
export type StreamRecord = KnownRecord | UnknownRecord;

/** Ends a sample: all its rows have passed. */
export interface SampleEnd {
  /** The same as in the sample's rows. */
  timestamp: string;
  /** Absent on replay: a recording keeps the rows only. */
  metrics?: SampleMetrics;
}

/** So far: samples taken, thereof late, and points of the time grid without a sample. */
export interface SampleCounters {
  taken: number;
  late: number;
  missed: number;
}

/** What one sample has cost. */
export interface SampleMetrics extends SampleCounters {
  /** Tasks that the walk has looked at, idle ones and xcapture's own included. */
  tasks: number;
  /** Values in tasks' memory that could not be read. */
  unreadable: number;
  /** From the start of the sample before to the start of this one. Unit: us. */
  weight_us: number;
  /** From the start of the walk to its end. Unit: us. */
  walk_us: number;
  /** Thereof spent waiting for a slow reader. Unit: us. */
  wait_us: number;
  /** From the point of the time grid to the start of the walk. Unit: us. */
  late_us: number;
}

/** A stack that is among the records of its batch, and where its frames are to be looked up. */
export interface NewStack {
  readonly record: KstackRecord | UstackRecord;
  /** 0: a kernel stack. */
  readonly pid: number;
  /** Leaf first. */
  readonly addrs: BigUint64Array;
}

export interface Batch {
  records: StreamRecord[];
  /** Stacks among them whose frames are bare addresses. */
  stacks?: NewStack[];
  /** Of a replay that was asked for it: the line that each record comes from. */
  lines?: number[];
  /** Present in the last batch of a sample, also when the sample has no rows. */
  end?: SampleEnd;
}

/** Is it a row of a sample? */
export function isSample(record: StreamRecord): record is SampleRecord {
  return record.type === 'sample';
}
