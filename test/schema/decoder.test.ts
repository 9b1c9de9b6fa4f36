/** Bytes from the sampler to records. */
import t from 'tap';
import { COLUMNS } from '../../lib/schema/columns.js';
import { Decoder, type DecoderOptions } from '../../lib/schema/decoder.js';
import { STATES } from '../../lib/schema/enums.js';
import { SampleRow, type Wanted } from '../../lib/schema/sample.gen.js';
import type { SampleRecord } from '../../lib/index.js';
import { chunkOf, entry } from '../support/entries.js';

const ALL = Object.fromEntries(COLUMNS.map(({ name }) => [name, true])) as Wanted;

function decoder(options: Partial<DecoderOptions> = {}): Decoder {
  return new Decoder({
    want: ALL,
    host: 'db7',
    username: (uid) => `user${uid}`,
    onWalkFailure: () => {},
    onRunEnd: () => {},
    onMalformed: (bytes) => {
      throw new Error(`${bytes} malformed bytes`);
    },
    ...options,
  });
}

const names = (...leafFirst: string[]) => Buffer.from(leafFirst.map((name) => `${name}\0`).join(''));
const begin = entry('sample_begin', { number: 1, wall_ns: 1_795_000_000_123_456_789n, weight_ns: 1_000_000_499n });

t.test('a task in a system call has all its columns', async (t) => {
  const id = 'ab'.repeat(32);
  const { records } = decoder().decode(
    chunkOf(
      begin,
      entry(
        'cgroup',
        { cgroup_id: 77, path_bytes: names(`docker-${id}.scope`, 'system.slice').length },
        {
          tails: [names(`docker-${id}.scope`, 'system.slice')],
        },
      ),
      entry(
        'process',
        { tgid: 40, exe_bytes: names('x', 'bin').length, cmdline_bytes: 7 },
        {
          tails: [names('x', 'bin'), Buffer.from('x\0-y z\0')],
        },
      ),
      entry(
        'task',
        { cgroup_id: 77, off_us: 9, tid: 42, tgid: 40, uid: 5, comm: 'worker', cpu: 3, state: 4, reason: 0 },
        {
          parts: {
            syscall: { nr: 1, arg1: 3, arg2: 0x7ffd_0000_1234n, arg6: 0xffff_ffff_ffff_ffffn },
            ns: { nstid: 7, nstgid: 6, pidns: 4026532000 },
          },
        },
      ),
    ),
  );
  t.strictSame(
    { ...(records[0] as SampleRecord) },
    {
      type: 'sample',
      timestamp: '2026-11-18T11:06:40.123456Z',
      weight_us: 1000000,
      off_us: 9,
      tid: 42,
      tgid: 40,
      nstid: 7,
      nstgid: 6,
      pidns: 4026532000,
      cgroup_id: 77,
      container_id: id,
      state: 'DISK',
      reason: 'active',
      uid: 5,
      username: 'user5',
      exe: '/bin/x',
      comm: 'worker',
      cmdline: 'x -y z',
      cpu: 3,
      syscall: process.arch === 'arm64' ? 'io_destroy' : 'write',
      sysc_arg1: '3',
      sysc_arg2: '7ffd00001234',
      sysc_arg3: '0',
      sysc_arg4: '0',
      sysc_arg5: '0',
      sysc_arg6: 'ffffffffffffffff',
      host: 'db7',
    },
  );
});

t.test('a task without parts has the ids of the initial namespace and no system call', async (t) => {
  const { records } = decoder().decode(
    chunkOf(begin, entry('task', { tid: 9, tgid: 8, kthread: 1, state: 3, reason: 1 })),
  );
  t.match(records[0], { nstid: 9, nstgid: 8, pidns: 4026531836, exe: '[kernel]', state: 'SLEEP', reason: 'kthread' });
  const { syscall, sysc_arg1: arg, cmdline } = records[0] as SampleRecord;
  t.strictSame([syscall, arg, cmdline], [undefined, undefined, undefined]);
});

t.test('what was told of one process is not said of the next, nor in the next sample', async (t) => {
  const told = entry('process', { tgid: 1, exe_bytes: 2 }, { tails: [names('a')] });
  const { records } = decoder().decode(
    chunkOf(
      begin,
      told,
      entry('task', { tid: 1, tgid: 1 }),
      entry('task', { tid: 2, tgid: 2 }),
      begin,
      entry('task', { tid: 1, tgid: 1 }),
    ),
  );
  t.strictSame(
    records.map((record) => (record as SampleRecord).exe),
    ['/a', undefined, undefined],
  );
});

t.test('a state without a name shows the state word in hex', async (t) => {
  const tasks = [0, STATES.length, 255].map((state) => entry('task', { state, state_word: 0x4010 }));
  const { records } = decoder().decode(chunkOf(begin, ...tasks));
  for (const record of records) t.equal((record as SampleRecord).state, '0x4010');
});

t.test('a 32-bit system call is marked, and a number without a name is shown', async (t) => {
  const of = (nr: number, abi: number) => entry('task', {}, { parts: { syscall: { nr, abi } } });
  const { records } = decoder().decode(chunkOf(begin, of(3, 1), of(60000, 0), of(60000, 1)));
  const abi = process.arch === 'arm64' ? 'arm' : 'i386';
  t.strictSame(
    records.map((record) => (record as SampleRecord).syscall),
    [`${abi}:read`, 'syscall_60000', `${abi}:syscall_60000`],
  );
});

t.test('only the columns that are wanted are filled', async (t) => {
  const none = Object.fromEntries(COLUMNS.map(({ name }) => [name, name === 'tid'])) as Wanted;
  const { records } = decoder({ want: none }).decode(chunkOf(begin, entry('task', { tid: 5, tgid: 5 })));
  t.strictSame(
    Object.entries(records[0]!).filter(([, value]) => value !== undefined),
    [
      ['type', 'sample'],
      ['tid', 5],
    ],
  );
});

t.test('the end of a sample has its metrics, and a walk that failed is reported', async (t) => {
  const failures: unknown[] = [];
  const { end } = decoder({ onWalkFailure: (failure) => failures.push(failure) }).decode(
    chunkOf(
      begin,
      entry('walk_end', { tasks: 12 }),
      entry('sample_end', { walk_ns: 1500, wait_ns: 600, late_ns: 400, taken: 3, late: 1, missed: 2, error: 12 }),
    ),
  );
  t.match(end?.metrics, {
    tasks: 12,
    walk_us: 2,
    wait_us: 1,
    late_us: 0,
    taken: 3,
    late: 1,
    missed: 2,
    weight_us: 1000000,
  });
  t.match(failures, [{ errno: 12, timestamp: '2026-11-18T11:06:40.123456Z' }]);
});

t.test('the columns, the keys of a row and what the generated code knows are the same set', async (t) => {
  t.strictSame(Object.keys(new SampleRow()), ['type', ...COLUMNS.map(({ name }) => name)]);
});

/** Numbers that look random and are the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

t.test('random, damaged and cut bytes never throw, and what is left out is reported', async (t) => {
  const random = numbers(7);
  const whole = Buffer.concat([
    begin,
    entry('process', { tgid: 1, exe_bytes: 2 }, { tails: [names('a')] }),
    entry('task', { tid: 1, tgid: 1 }, { parts: { syscall: {}, ns: {} } }),
    entry('sample_end', {}),
  ]);
  let reported = 0;
  const tolerant = decoder({ onMalformed: (bytes) => (reported += bytes) });
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(whole);
    for (let i = random.next().value % 4; i > 0; i--)
      bytes[random.next().value % bytes.length] = random.next().value & 255;
    const cut = bytes.subarray(0, random.next().value % (bytes.length + 1));
    const { records } = tolerant.decode(new Uint8Array(cut));
    if (records.length > cut.length / 64) t.fail('a row out of nothing');
    const noise = Uint8Array.from({ length: random.next().value % 200 }, () => random.next().value & 255);
    tolerant.decode(noise);
  }
  t.ok(reported > 10_000);
  const rows: unknown[] = [];
  const strict = decoder({ onMalformed: (bytes) => (reported = bytes) });
  for (let length = 0; length < whole.length; length++) {
    rows.push(...strict.decode(new Uint8Array(whole.subarray(0, length))).records);
  }
  // The task is whole in the cuts that only lack the sample's end, or a part of it.
  t.equal(rows.length, entry('sample_end', {}).length);
});
