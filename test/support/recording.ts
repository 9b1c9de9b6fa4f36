/** Recordings that a test makes itself, and what their files hold. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Test } from 'tap';
import { CsvRecording, type RecordingOptions, type StreamRecord } from '../../lib/index.js';
import { XCAPTURE_CSV } from './paths.js';
import { runXcapture, type RunResult } from './xcapture.js';

export const UTC: RecordingOptions = { utcOffset: () => 0 };

/** A folder that goes with the test. */
export function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'xcapture-recording-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Records the batches, and closes the recording. */
export async function recordInto(
  directory: string,
  batches: Iterable<readonly object[]>,
  options: RecordingOptions = UTC,
): Promise<void> {
  const recording = await CsvRecording.open(directory, options);
  for (const records of batches) recording.write(records as StreamRecord[]);
  await recording.close();
}

/** The text of each file by its name without `xcapture_`; none while there is no such directory. */
export function filesIn(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  return Object.fromEntries(
    readdirSync(directory)
      .filter((name) => name.startsWith('xcapture_'))
      .map((name) => [name.replace('xcapture_', ''), readFileSync(join(directory, name), 'utf8')]),
  );
}

/** The notes of the recorder in a meta file. */
export const notesIn = (text: string | undefined): Record<string, unknown>[] =>
  (text ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ type }) => type === 'recorder');

/** Runs xcapture-csv on this input. */
export const runCsv = (t: Test, args: readonly string[], input?: string | Buffer): Promise<RunResult> =>
  runXcapture(t, args, { program: XCAPTURE_CSV, ...(input !== undefined && { input }) });

/**
 * Throws unless each file of CSV in the directory ends at a row's end, has one header, and as many fields in each row.
 */
export function checkCsv(directory: string): Record<string, string[][]> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.csv'));
  return Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(directory, name), 'utf8');
      if (text !== '' && !text.endsWith('\n')) throw new Error(`${name} ends with ${JSON.stringify(text.slice(-80))}`);
      // Strict: it throws when the number of fields differs.
      const [header, ...rows] = parse(text, { relax_column_count: false });
      if (rows.some(([first]) => first === header?.[0])) throw new Error(`${name} has its header twice`);
      return [name, rows];
    }),
  );
}
