/** Keys of recorded samples that nobody knows, and that CSV therefore has no column for. */
import { COLUMNS } from '../../schema/columns.js';
import { keyOf, SAMPLES_FILE } from '../../schema/csv-files.js';
import { isSample, type Batch } from '../../batch.js';

export interface UnknownKeys {
  look: (batch: Batch) => void;
  /** Says how many values were left out. */
  end: () => void;
}

/** Names each such key once, with its line, and counts the values. Known columns that CSV leaves out are no matter. */
export function unknownKeys(warn: (text: string) => void): UnknownKeys {
  const known = new Set(['type', ...COLUMNS.map(({ name }) => name), ...SAMPLES_FILE.columns.map(keyOf)]);
  const told = new Set<string>();
  let count = 0;
  return {
    look: ({ records, lines }) => {
      for (const [index, record] of records.entries()) {
        if (!isSample(record)) continue;
        for (const key in record) {
          if (known.has(key)) continue;
          count++;
          if (told.has(key)) continue;
          told.add(key);
          warn(`line ${lines?.[index] ?? '?'}: CSV has no column for the key ${key}, here and later`);
        }
      }
    },
    end: () => {
      if (count > told.size) warn(`${count} values of ${told.size === 1 ? 'that key' : 'such keys'} were left out`);
    },
  };
}
