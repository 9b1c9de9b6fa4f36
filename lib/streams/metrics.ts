/** `-v`: what each sample costs, a line each. */
import { Transform, type Writable } from 'node:stream';
import { isSample, type Batch, type SampleMetrics } from '../batch.js';

const ms = (us: number) => `${(us / 1000).toFixed(2)} ms`;

/**
 * A Transform of `Batch` that changes nothing and reports on each live sample.
 * @param lost how many records were lost so far
 */
export function metrics(report: Writable, lost: () => number): Transform {
  let rows = 0;
  let busyUs = 0;
  let cpu = process.cpuUsage();

  const lineFor = ({
    taken,
    late,
    missed,
    tasks,
    unreadable,
    weight_us,
    walk_us,
    wait_us,
    late_us,
  }: SampleMetrics): string => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const sleepUs = taken === 1 ? 0 : Math.max(0, weight_us - busyUs);
    busyUs = walk_us;
    return (
      `xcapture: sample ${taken}: walk ${ms(walk_us)} (${ms(wait_us)} waiting for the reader), ${tasks} tasks, ` +
      `${rows} records, ${lost()} lost, ${unreadable} unreadable, slept ${ms(sleepUs)}, started ${ms(late_us)} late, ` +
      `CPU ${ms(user + system)}, so far ${late} late, ${missed} missed\n`
    );
  };

  return new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform(batch: Batch, _encoding, done) {
      for (const record of batch.records) if (isSample(record)) rows++;
      if (batch.end?.metrics) {
        report.write(lineFor(batch.end.metrics));
        rows = 0;
      }
      done(null, batch);
    },
  });
}
