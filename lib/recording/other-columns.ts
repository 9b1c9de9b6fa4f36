/** A directory that was recorded with other columns is refused, because a query over all of it would fail. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { XcaptureError } from '../errors.js';
import { headerOf, type CsvColumn } from '../schema/csv-files.js';
import { COLUMN_BY_NAME } from '../schema/columns.js';
import { parquetHeader } from './parquet.js';
import type { RecordingFile } from './names.js';

const MAX_HEADER_BYTES = 1 << 16;

/** The first line of a file; empty where there is no whole one. */
function readHeader(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(MAX_HEADER_BYTES);
    const text = start.toString('utf8', 0, readSync(fd, start, 0, start.length, 0));
    return text.slice(0, Math.max(0, text.indexOf('\n')));
  } finally {
    closeSync(fd);
  }
}

function remedy(theirs: string, ours: string): string {
  const added = theirs.startsWith(`${ours},`)
    ? theirs
        .slice(ours.length + 1)
        .toLowerCase()
        .split(',')
    : [];
  const isOurs = added.length > 0 && added.every((name) => COLUMN_BY_NAME.has(name));
  return isOurs ? `record with -G ${added.join(',')}, or into another directory` : 'record into another directory';
}

/**
 * Looks at the newest file of each kind. Older columns that are the beginning of ours will do.
 * @param columnsOf of a kind of file; `undefined` when we write no such file
 */
export async function refuseOtherColumns(
  directory: string,
  files: readonly RecordingFile[],
  columnsOf: (name: string) => readonly CsvColumn[] | undefined,
): Promise<void> {
  const newest = new Map(files.filter(({ format }) => format !== 'ndjson').map((file) => [file.name, file]));
  for (const { name, file, format } of newest.values()) {
    const columns = columnsOf(name);
    if (!columns) continue;
    const path = join(directory, file);
    const ours = headerOf(columns);
    const theirs = format === 'csv' ? readHeader(path) : await parquetHeader(path);
    if (theirs === '' || theirs === ours || ours.startsWith(`${theirs},`)) continue;
    throw new XcaptureError('XCAP_OTHER_COLUMNS', `${path} has other columns than this recording`, {
      hint: remedy(theirs, ours),
    });
  }
}
