/**
 * `npm run soak [MINUTES]`: xcapture beside processes that are forked, execed and killed as fast as a CPU can, for 30
 * minutes by default. Memory must stay flat, no descriptor be left open, and no loss uncounted. Exit status 1 when not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SummaryRecord } from '../lib/schema/types.gen.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STEP_MS = 10_000;
/** The first part of the run, while V8 compiles and its caches fill, does not count. */
const WARM_UP = 0.25;
/** What the median of the last quarter may have above that of the second. */
const GROWTH_MIB = 4;

interface Reading {
  rssMib: number;
  descriptors: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function read(pid: number): Reading {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    rssMib: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

async function main(): Promise<boolean> {
  const minutes = Number(process.argv[2] ?? 30);
  if (!(minutes > 0)) throw new Error(`wants a number of minutes, not ${process.argv[2]}`);
  const storm = spawn(`${ROOT}build/test/workloads/storm`, [String(os.availableParallelism() - 1)], {
    stdio: 'ignore',
  });
  const child = spawn(
    process.execPath,
    [`${ROOT}dist/bin/xcapture.js`, '-a', '-g', 'all', '-F', '20', '--ndjson', '--duration', `${minutes}m`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const readings: Reading[] = [];
  const timer = setInterval(() => readings.push(read(child.pid!)), STEP_MS);
  let rows = 0;
  let losses = 0;
  let last = '';
  const tids = new Set<string>();
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"type":"sample"')) {
      rows++;
      tids.add(/"tid":(\d+)/.exec(line)?.[1] ?? '');
    } else if (line.startsWith('{"type":"loss"')) losses += (JSON.parse(line) as { count: number }).count;
    last = line;
  }
  clearInterval(timer);
  storm.kill('SIGKILL');
  const [status] = await exit;
  const summary = JSON.parse(last) as SummaryRecord;
  const from = (share: number, to: number) => readings.slice(readings.length * share, readings.length * to);
  const early = from(WARM_UP, 0.5);
  const late = from(0.75, 1);
  const growth = median(late.map(({ rssMib }) => rssMib)) - median(early.map(({ rssMib }) => rssMib));
  const leaked =
    median(late.map(({ descriptors }) => descriptors)) - median(early.map(({ descriptors }) => descriptors));
  const isCounted = summary.records?.['sample'] === rows && summary.lost === losses;
  console.log(
    `${minutes} min: ${summary.samples} samples, ${summary.missed} missed, ${rows} rows of ${tids.size} thread ids`,
  );
  console.log(
    `exit status ${status}, lost ${summary.lost} (in loss records ${losses}), unreadable ${summary.unreadable}`,
  );
  console.log(
    `RSS ${median(early.map(({ rssMib }) => rssMib)).toFixed(1)} MiB, in the last quarter ${growth.toFixed(1)} MiB more`,
  );
  console.log(`descriptors ${median(late.map(({ descriptors }) => descriptors))}, in the last quarter ${leaked} more`);
  return growth < GROWTH_MIB && leaked === 0 && isCounted && status === (losses > 0 ? 3 : 0);
}

process.exitCode = (await main()) ? 0 : 1;
