import t from 'tap';
import { lossLine, sampleLine } from '../../lib/table/lines.js';

const timestamp = '2026-11-23T01:07:28.350568Z';
const metrics = {
  weight_us: 1_000_000,
  tasks: 214,
  unreadable: 0,
  walk_us: 612,
  wait_us: 0,
  late_us: 3,
  taken: 9,
  late: 0,
  missed: 0,
};

t.test('a sample is told by its time, its count and its cost', async (t) => {
  t.equal(sampleLine({ timestamp, metrics }, 3), `${timestamp}  3 of 214 tasks shown, walk 0.6 ms`);
  t.equal(
    sampleLine({ timestamp, metrics: { ...metrics, tasks: 1 } }, 1),
    `${timestamp}  1 of 1 task shown, walk 0.6 ms`,
  );
});

t.test('of a replayed sample only time and count are known', async (t) => {
  t.equal(sampleLine({ timestamp }, 3), `${timestamp}  3 tasks shown`);
  t.equal(sampleLine({ timestamp }, 1), `${timestamp}  1 task shown`);
  t.equal(sampleLine({ timestamp }, 0), `${timestamp}  0 tasks shown`);
});

t.test('samples missed and late are told once there are any', async (t) => {
  const line = (more: object) => sampleLine({ timestamp, metrics: { ...metrics, ...more } }, 0).split('walk 0.6 ms')[1];
  t.equal(line({ missed: 2 }), ', 2 missed so far');
  t.equal(line({ late: 1 }), ', 1 late so far');
  t.equal(line({ missed: 2, late: 1 }), ', 2 missed, 1 late so far');
});

t.test('a walk that waited for its reader says so', async (t) => {
  const waited = { ...metrics, walk_us: 12_600, wait_us: 12_000 };
  t.match(sampleLine({ timestamp, metrics: waited }, 0), /walk 12\.6 ms, 12\.0 ms of it waiting$/);
});

t.test('a time from a recording cannot act on the terminal', async (t) => {
  t.equal(sampleLine({ timestamp: '\x1b[2J\n' }, 0), String.raw`\x1b[2J\n  0 tasks shown`);
});

t.test('a loss tells how many, of what and why', async (t) => {
  const loss = { type: 'loss', count: 12, kind: 'sample', cause: 'the walk ended early: EAGAIN' };
  t.equal(lossLine(loss), 'LOST: 12 sample records: the walk ended early: EAGAIN');
  t.equal(lossLine({ ...loss, count: 1 }), 'LOST: 1 sample record: the walk ended early: EAGAIN');
});

t.test('a loss whose values are missing or hostile is told all the same', async (t) => {
  t.equal(lossLine({ type: 'loss' }), 'LOST: - - records: -');
  t.equal(lossLine({ count: '\n', kind: '\x1b', cause: { a: 1 } }), String.raw`LOST: \n \x1b records: {"a":1}`);
});
