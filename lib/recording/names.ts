/** The names of a recording's files. */
import { readdirSync } from 'node:fs';

export interface RecordingFile {
  readonly file: string;
  /** `samples`, `meta`, … */
  readonly name: string;
  /** As in `2026-11-23.01`. */
  readonly hour: string;
  readonly format: 'csv' | 'ndjson' | 'parquet';
}

const FILE = /^xcapture_([a-z]+)_(\d{4}-\d\d-\d\d\.\d\d)\.(csv|ndjson|parquet)$/;

export const csvName = (name: string, hour: string): string => `xcapture_${name}_${hour}.csv`;
export const metaName = (hour: string): string => `xcapture_meta_${hour}.ndjson`;

/** The files of a directory that are part of a recording, the oldest hour first. Throws what readdir(3) fails with. */
export function listRecording(directory: string): RecordingFile[] {
  return readdirSync(directory)
    .flatMap((file): RecordingFile[] => {
      const [, name, hour, format] = FILE.exec(file) ?? [];
      return name && hour && format ? [{ file, name, hour, format: format as RecordingFile['format'] }] : [];
    })
    .toSorted((a, b) => (a.hour === b.hour ? (a.file < b.file ? -1 : 1) : a.hour < b.hour ? -1 : 1));
}
