/** What Transforms that leave rows out have in common: the completions of those rows go, too. */
import type { Transform } from 'node:stream';
import type { SampleRecord } from '../schema/types.gen.js';
import { COMPLETIONS } from '../schema/records.js';
import { isSample, type StreamRecord } from '../batch.js';
import { recordTransform } from './record-transform.js';

/**
 * So many system calls and requests of kept rows may be running at a time; of more than that the oldest are forgotten.
 */
const MAX_OPEN = 1 << 20;

class Open {
  readonly #numbers = new Set<unknown>();

  add(number: number | undefined): void {
    if (number === undefined) return;
    if (this.#numbers.size >= MAX_OPEN && !this.#numbers.has(number)) {
      for (const oldest of this.#numbers) {
        this.#numbers.delete(oldest);
        break;
      }
    }
    this.#numbers.add(number);
  }

  /** Each number has one completion. */
  take(number: unknown): boolean {
    return this.#numbers.delete(number);
  }
}

/**
 * A Transform of `Batch` that keeps some rows. A completion (`syscend`, `iorqend`) stays when a row that names it has;
 * the rows want the columns that join them for that (`sysc_seq_num`, `iorq_seq_num`). All other records stay.
 */
export function keepRecords(isKept: (row: SampleRecord) => boolean): Transform {
  const joins = COMPLETIONS.map(({ name, joinedBy }) => ({ name, joinedBy, open: new Open() }));
  const keep = (record: StreamRecord): boolean => {
    if (isSample(record)) {
      if (!isKept(record)) return false;
      for (const { joinedBy, open } of joins) open.add(record[joinedBy]);
      return true;
    }
    const join = joins.find(({ name }) => name === record.type);
    return join === undefined || join.open.take((record as Readonly<Record<string, unknown>>)[join.joinedBy]);
  };
  return recordTransform((records) => records.filter(keep));
}
