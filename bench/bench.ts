/**
 * `npm run bench`: what xcapture costs, each figure beside the limit that it must keep. Prints a table, with `--json`
 * one JSON object. Never a test: a busy machine is no mistake. Wants root, a quiet machine and some two minutes.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SummaryRecord } from '../lib/schema/types.gen.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const XCAPTURE = join(ROOT, 'dist/bin/xcapture.js');
const THREADS = join(ROOT, 'build/bench/workloads/threads');
const WALK = join(ROOT, 'build/bench/workloads/walk');
const ROUNDS = 5;

interface Figure {
  name: string;
  unit: string;
  /** Median of the rounds. */
  value: number;
  limit: number;
  rounds: number[];
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function figure(name: string, unit: string, limit: number, rounds: number[]): Figure {
  return { name, unit, value: median(rounds), limit, rounds };
}

/** Runs `measure` while a process with so many sleeping threads is there. */
async function withThreads<T>(count: number, measure: () => T): Promise<T> {
  const child: ChildProcess = spawn(THREADS, [String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  try {
    return measure();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

const folder = mkdtempSync(join(os.tmpdir(), 'xcapture-bench-'));

/** Runs xcapture with its NDJSON going to a file; the summary of the run. */
function run(...options: string[]): SummaryRecord {
  const file = join(folder, 'out.ndjson');
  const fd = openSync(file, 'w');
  try {
    execFileSync(process.execPath, [XCAPTURE, '--ndjson', ...options], { stdio: ['ignore', fd, 'inherit'] });
  } finally {
    closeSync(fd);
  }
  return JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)!) as SummaryRecord;
}

const repeat = (measure: () => number) => Array.from({ length: ROUNDS }, measure);
const rowsOf = ({ records }: SummaryRecord) => records?.['sample'] ?? 0;

/** Start-up costs the same in a short run and in a long one, so the difference is what rows cost. */
function usPerRow(): number {
  const options = ['-a', '-F', '10', '-g', 'all'];
  const short = run(...options, '-i', '5');
  const long = run(...options, '-i', '55');
  return (long.cpu_us - short.cpu_us) / (rowsOf(long) - rowsOf(short));
}

function walkRatio(): number {
  const output = execFileSync(WALK, ['40'], { encoding: 'utf8' });
  const { empty_us: empty, sampler_us: sampler } = JSON.parse(output) as { empty_us: number; sampler_us: number };
  return sampler / empty;
}

async function main(): Promise<void> {
  const figures = [
    ...(await withThreads(20_000, () => [
      figure('walk of 20,000 sleepers, default view / empty program', 'ratio', 1.25, repeat(walkRatio)),
      figure('peak RSS, 20,000 threads, -a', 'MiB', 90, [run('-a', '-F', '4', '-i', '20').peak_rss_bytes / 2 ** 20]),
    ])),
    ...(await withThreads(5000, () => [
      figure('CPU a row, 5,000 threads, -a -F 10, all columns as NDJSON', 'us', 4, repeat(usPerRow)),
    ])),
    figure(
      'CPU from start to first sample',
      's',
      0.3,
      repeat(() => run('-i', '1').cpu_us / 1e6),
    ),
  ];
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ node: process.version, kernel: os.release(), cpus: os.cpus().length, figures }));
    return;
  }
  for (const { name, unit, value, limit, rounds } of figures) {
    const verdict = value <= limit ? 'within' : 'OVER';
    console.log(
      `${name.padEnd(58)} ${value.toFixed(2).padStart(7)} ${unit.padEnd(5)} ${verdict} the limit of ${limit}` +
        ` (${rounds.map((round) => round.toFixed(2)).join(' ')})`,
    );
  }
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}
