/** The idle rules: the kernel's verdict, and what a Transform makes of a recording. */
import t from 'tap';
import { idleReason, isIdle } from '../../lib/rules/idle.js';
import { waitForState } from '../support/asleep.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, samplesOf } from '../support/xcapture.js';

const skip = bpfSkipReason();

t.test('the kernel and the Transform judge every row of a sample alike', { skip }, async (t) => {
  const { ready } = await startWorkload(t, 'states');
  await waitForState(ready['leaderless']!, 'Z');
  await startWorkload(t, 'burner', [0, 1]);
  await startWorkload(t, 'uring');
  const { rows, stdout } = await record(t, ['-a', '-F', 100, '-i', 20]);
  const different = rows.filter((row) => idleReason({ ...row, reason: undefined }) !== row.reason);
  t.strictSame(different, []);
  const reasons = new Set(rows.map(({ reason }) => reason));
  for (const one of ['active', 'kthread', 'sleep', 'stopped', 'traced', 'zombie']) t.ok(reasons.has(one), one);

  const kept = (await record(t, ['--replay', '-'], { input: stdout })).rows;
  const active = rows.filter(({ reason }) => reason === 'active');
  t.ok(active.length > 0);
  t.strictSame(samplesOf(kept), samplesOf(active), 'a replay shows what the kernel would have shown');
});

t.test('without -a there are only rows that no rule leaves out', { skip }, async (t) => {
  await startWorkload(t, 'burner', [0]);
  await startWorkload(t, 'states');
  const { rows } = await record(t, ['-F', 100, '-i', 20]);
  t.ok(rows.length >= 20);
  t.strictSame(
    rows.filter((row) => isIdle(row.reason) || isIdle(idleReason(row))),
    [],
  );
});
