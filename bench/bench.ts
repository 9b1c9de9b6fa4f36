/**
 * `npm run bench`: what xcapture costs, each figure beside the limit that it must keep. Prints a table, with `--json`
 * one JSON object. Never a test: a busy machine is no mistake. Wants root, a quiet machine and some two minutes.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SummaryRecord } from '../lib/schema/types.gen.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const XCAPTURE = join(ROOT, 'dist/bin/xcapture.js');
const THREADS = join(ROOT, 'build/bench/workloads/threads');
const WALK = join(ROOT, 'build/bench/workloads/walk');
const CALLS = join(ROOT, 'build/bench/workloads/calls');
const STACKS = join(ROOT, 'build/test/workloads/stacks');
const RATE = join(ROOT, 'build/bench/workloads/rate');
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

/** Runs `measure` beside a workload that says when it is ready. */
async function beside<T>(workload: string, args: readonly string[], measure: () => T): Promise<T> {
  const child: ChildProcess = spawn(workload, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  try {
    return measure();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** While so many threads wait in the way that bench/workloads/threads.c has for this word. */
const withThreads = <T>(count: number, measure: () => T, what = 'pause') =>
  beside(THREADS, [String(count), what], measure);

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

/** Runs xcapture with its CSV going to a directory; the summary of the run, from the meta file. */
function recordCsv(...options: string[]): SummaryRecord {
  const directory = join(folder, 'recording');
  execFileSync(process.execPath, [XCAPTURE, '-o', directory, ...options], { stdio: 'inherit' });
  const meta = readdirSync(directory).filter((name) => name.includes('meta'));
  const lines = readFileSync(join(directory, meta.at(-1)!), 'utf8')
    .trimEnd()
    .split('\n');
  rmSync(directory, { recursive: true });
  return JSON.parse(lines.at(-1)!) as SummaryRecord;
}

const repeat = (measure: () => number) => Array.from({ length: ROUNDS }, measure);
const rowsOf = ({ records }: SummaryRecord) => records?.['sample'] ?? 0;

/** Start-up costs the same in a short run and in a long one, so the difference is what rows cost. */
function usPerRow(measure: (...options: string[]) => SummaryRecord, ...options: string[]): number {
  const short = measure('-a', '-F', '10', ...options, '-i', '5');
  const long = measure('-a', '-F', '10', ...options, '-i', '55');
  return (long.cpu_us - short.cpu_us) / (rowsOf(long) - rowsOf(short));
}

const usPerNdjsonRow = () => usPerRow(run, '-g', 'all');
/** What known stacks add to a row. */
const usPerKnownStack = (option: string) => usPerRow(run, option) - usPerRow(run);
const usPerCsvRow = () => usPerRow(recordCsv);

function walk(): { empty_us: number; sampler_us: number } {
  return JSON.parse(execFileSync(WALK, ['40'], { encoding: 'utf8' })) as { empty_us: number; sampler_us: number };
}

const EPOLL_THREADS = 5000;
const epollWalks = () => Array.from({ length: ROUNDS }, walk).map(({ empty_us, sampler_us }) => sampler_us - empty_us);

/** What such a thread adds to a walk besides what any thread adds. */
async function usPerEpoll(): Promise<number[]> {
  const usual = median(await withThreads(EPOLL_THREADS, epollWalks));
  const waiting = await withThreads(EPOLL_THREADS, epollWalks, 'epoll');
  return waiting.map((us) => (us - usual) / EPOLL_THREADS);
}

/** What programs add to a system call that has empty ones on it. Unit: ns. */
interface CallCosts {
  clock: number;
  tracked: number;
}

const callRatio = ({ clock, tracked }: CallCosts) => tracked / clock;

function callRatios(): { getppid: number; ping_pong: number } {
  const costs = JSON.parse(execFileSync(CALLS, ['150'], { encoding: 'utf8' })) as Record<
    'getppid' | 'ping_pong',
    CallCosts
  >;
  return { getppid: callRatio(costs.getppid), ping_pong: callRatio(costs.ping_pong) };
}

/** What it costs while nothing is attached. Unit: ns. */
function getppidNs(): number {
  const costs = JSON.parse(execFileSync(CALLS, ['50', 'none'], { encoding: 'utf8' })) as { getppid: { none: number } };
  return costs.getppid.none;
}

/** What `--track-light -F 100` adds to a getppid of a thread that it samples. Unit: ns. */
async function lightNs(): Promise<number[]> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const alone = getppidNs();
    const child = spawn(process.execPath, [XCAPTURE, '--track-light', '-F', '100', '--ndjson'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.stdout.resume();
    const sampled = getppidNs();
    child.kill('SIGTERM');
    await once(child, 'close');
    rounds.push(sampled - alone);
  }
  return rounds;
}

const TRACKED_S = 10;

/** Per cent of one CPU beside that many system calls a second, with `-T -F 50`; what was lost makes it infinite. */
function trackingShare(): number {
  const track = (seconds: number) => run('-T', '-F', '50', '-i', String(50 * seconds));
  const [short, long] = [track(1), track(1 + TRACKED_S)];
  return long.lost > 0 || long.missed > 0 ? Infinity : (long.cpu_us - short.cpu_us) / TRACKED_S / 1e4;
}

async function main(): Promise<void> {
  const calls = Array.from({ length: ROUNDS }, callRatios);
  const figures = [
    ...(await withThreads(20_000, () => [
      figure(
        'walk of 20,000 sleepers, default view / empty program',
        'ratio',
        1.25,
        repeat(() => {
          const { empty_us, sampler_us } = walk();
          return sampler_us / empty_us;
        }),
      ),
      figure('peak RSS, 20,000 threads, -a', 'MiB', 90, [run('-a', '-F', '4', '-i', '20').peak_rss_bytes / 2 ** 20]),
    ])),
    ...(await withThreads(5000, () => [
      figure('CPU a row, 5,000 threads, -a -F 10, all columns as NDJSON', 'us', 4, repeat(usPerNdjsonRow)),
      figure('CPU a row, 5,000 threads, -a -F 10, recorded as CSV', 'us', 5, repeat(usPerCsvRow)),
    ])),
    ...(await withThreads(
      5000,
      () => {
        const peak = () => run('-a', '-F', '10', '-g', 'all', '-i', '50').peak_rss_bytes / 2 ** 20;
        return [
          figure('CPU a row, 5,000 threads in recv, -a -F 10, all columns', 'us', 5, repeat(usPerNdjsonRow)),
          figure('CPU a row, 5,000 threads in recv, -a -F 10, as CSV', 'us', 5, repeat(usPerCsvRow)),
          figure('peak RSS of that', 'MiB', 90, [peak()]),
        ];
      },
      'recv',
    )),
    ...(await withThreads(5000, () => [
      figure(
        '-k on 5,000 sleepers, over the same without it',
        'us',
        1.5,
        repeat(() => usPerKnownStack('-k')),
      ),
      figure(
        '-u, the same',
        'us',
        1.5,
        repeat(() => usPerKnownStack('-u')),
      ),
    ])),
    ...(await beside(STACKS, ['paths', '2000'], () => {
      const runs = Array.from({ length: ROUNDS }, () => run('-a', '-k', '-u', '-F', '10', '-i', '30'));
      const missed = runs.map((summary) => summary.missed);
      const mib = runs.map((summary) => summary.peak_rss_bytes / 2 ** 20);
      return [
        figure('2,000 new stacks at once, -k -u -F 10: samples missed', '', 0, missed),
        figure('peak RSS of that', 'MiB', 250, mib),
      ];
    })),
    figure('a thread in epoll_wait on ten sockets, default view', 'us', 1, await usPerEpoll()),
    figure(
      'getppid, tracked / clock alone, over empty programs',
      'ratio',
      1.2,
      calls.map(({ getppid }) => getppid),
    ),
    figure(
      'pipe ping-pong of two threads, the same',
      'ratio',
      1.2,
      calls.map(({ ping_pong: pingPong }) => pingPong),
    ),
    figure('getppid beside --track-light -F 100, over nothing', 'ns', 2, await lightNs()),
    figure(
      '200,000 system calls a second, -T -F 50, of one CPU',
      '%',
      5,
      await beside(RATE, ['200000'], () => repeat(trackingShare)),
    ),
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
