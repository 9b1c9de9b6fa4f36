/** Bytes from the sampler to records. */
import t from 'tap';
import { COLUMNS } from '../../lib/schema/columns.js';
import { Decoder, type CompletionLoss, type DecoderOptions } from '../../lib/decode/decoder.js';
import { ExtraInfo, IorqInfo } from '../../lib/decode/extra-info.gen.js';
import { KINDS, STATES } from '../../lib/schema/enums.js';
import { SampleRow, type Wanted } from '../../lib/decode/sample.gen.js';
import type { SampleRecord } from '../../lib/index.js';
import { NATIVE_SYSCALLS } from '../../lib/lookup/syscalls.js';
import { chunkOf, entry, type Values } from '../support/entries.js';

const ALL = Object.fromEntries(COLUMNS.map(({ name }) => [name, true])) as Wanted;

function decoder(options: Partial<DecoderOptions> = {}): Decoder {
  return new Decoder({
    want: ALL,
    host: 'db7',
    username: (uid) => `user${uid}`,
    onWalkFailure: () => {},
    onRunEnd: () => {},
    onLoss: () => {},
    requestFlags: (cmdFlags) => `flags ${cmdFlags}`,
    onMalformed: (bytes) => {
      throw new Error(`${bytes} malformed bytes`);
    },
    ...options,
  });
}

const names = (...leafFirst: string[]) => Buffer.from(leafFirst.map((name) => `${name}\0`).join(''));
const begin = entry('sample_begin', {
  number: 1,
  wall_ns: 1_795_000_000_123_456_789n,
  mono_ns: 9_000_000_000_000n,
  weight_ns: 1_000_000_499n,
});

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
            tracked: { nr: 0, sysc_seq_num: 1_763_946_448_350_570n, enter_ns: 8_999_500_000_500n },
            iorq: { inflight: 2, iorq_seq_num: 1_763_946_448_350_571n },
            payload: { values: {}, text: Buffer.from('SELECT 1') },
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
      cgroup: `/system.slice/docker-${id}.scope`,
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
      syscall_active: process.arch === 'arm64' ? 'io_setup' : 'read',
      sysc_seq_num: 1_763_946_448_350_570,
      // Half a second before the sample, but for 500 ns; and the task was read 9 us after its start.
      sysc_entry_time: '2026-11-18T11:06:39.623457Z',
      sysc_ns_so_far: 500_008_500,
      sysc_us_so_far: 500_008,
      sysc_arg1: '3',
      sysc_arg2: '7ffd00001234',
      sysc_arg3: '0',
      sysc_arg4: '0',
      sysc_arg5: '0',
      sysc_arg6: 'ffffffffffffffff',
      filename: undefined,
      aiofilename: undefined,
      uringfilename: undefined,
      connection: undefined,
      conn_state: undefined,
      extra_info: Object.assign(new ExtraInfo(), { iorq: Object.assign(new IorqInfo(), { inflight: 2 }) }),
      iorq_seq_num: 1_763_946_448_350_571,
      kstack_hash: undefined,
      ustack_hash: undefined,
      trace_payload: '53454c4543542031',
      trace_payload_len: 8,
      host: 'db7',
    },
  );
});

t.test('stacks come before the task that names them, with where to look their frames up', async (t) => {
  const addresses = Buffer.alloc(16);
  addresses.writeBigUInt64LE(0xffffffff8141a2b1n, 0);
  addresses.writeBigUInt64LE(0x1000n, 8);
  const { records, stacks } = decoder().decode(
    chunkOf(
      begin,
      entry('stack', { hash: 0xabcn, tgid: 0, count: 1, unwinder: 0 }, { tails: [addresses.subarray(0, 8)] }),
      entry('stack', { hash: 0xffffffffffffffffn, tgid: 8, count: 2, unwinder: 2 }, { tails: [addresses] }),
      entry('task', { tid: 9, tgid: 8, state: 3 }, { parts: { stacks: { kstack_hash: 0xabcn, ustack_hash: 0n } } }),
    ),
  );
  const kernel = { type: 'kstack', hash: '0000000000000abc', frames: [{ addr: 'ffffffff8141a2b1' }] };
  const frames = [{ addr: 'ffffffff8141a2b1' }, { addr: '1000' }];
  const user = { type: 'ustack', hash: 'ffffffffffffffff', unwinder: 'eh_frame', frames };
  t.strictSame(records.slice(0, 2), [kernel, user]);
  t.strictSame(stacks, [
    { record: kernel, pid: 0, addrs: new BigUint64Array([0xffffffff8141a2b1n]) },
    { record: user, pid: 8, addrs: new BigUint64Array([0xffffffff8141a2b1n, 0x1000n]) },
  ]);
  t.match(records[2], { type: 'sample', kstack_hash: '0000000000000abc', ustack_hash: undefined });
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

const mapped = '\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01';

const EVERY_PART = {
  syscall: { nr: 0, arg1: 5 },
  ns: { nstid: 1 },
  path: { values: {}, text: Buffer.from('some/path') },
  file: { values: { inode: 4711, magic: 0xef53 }, text: names('base', 'data') },
  aio_file: { values: { inode: 4712, magic: 0xef53, flags: 1 }, text: names('a.ibd') },
  uring_file: { values: { inode: 4713, magic: 0x50495045 }, text: Buffer.alloc(0) },
  socket: {
    inode: 99,
    family: 10,
    type: 1,
    protocol: 6,
    local: mapped,
    local_port: 22,
    remote: mapped,
    remote_port: 52030,
    state: 8,
  },
  tcp: { cwnd: 10, ssthresh: 0x7fffffff, ca_state: 3, rtt_min_us: 0xffffffff, cwnd_limited: 1, bytes_sent: 2n ** 40n },
  unix: { values: { inode: 7, peer_pid: 0, peer_inode: 8, name_flags: 7 }, text: Buffer.from('\0na"me') },
  poll: { fds: 1024, fd: 0xffffffff, more: 1 },
  aio: { inflight: 3, fd: 0xffffffff },
  uring: {
    submitted: 5,
    completed: 4,
    sq: 0,
    cq: 1,
    opcode: 22,
    fd: 9,
    offset: 2n ** 64n - 1n,
    len: 512,
    owner_tid: 0,
  },
};

t.test('every part of a task becomes its columns', async (t) => {
  const { records } = decoder().decode(chunkOf(begin, entry('task', { tid: 2 }, { parts: EVERY_PART })));
  const { filename, aiofilename, uringfilename, connection, conn_state, extra_info } = records[0] as SampleRecord;
  t.strictSame(
    { filename, aiofilename, uringfilename, connection, conn_state },
    {
      filename: '/data/base',
      aiofilename: '/a.ibd (deleted)',
      uringfilename: 'pipe:[4713]',
      connection: 'TCP 10.0.0.1:22->10.0.0.1:52030',
      conn_state: 'CLOSE-WAIT',
    },
  );
  const { tcp, ...others } = JSON.parse(JSON.stringify(extra_info)) as { tcp: Record<string, unknown> };
  t.match(tcp, { cwnd: 10, ca_state: 'Recovery', cwnd_limited: true, bytes_sent: 2 ** 40, retransmits: 0 });
  t.notOk('ssthresh' in tcp || 'rtt_min_us' in tcp, 'infinite, and not measured yet');
  t.strictSame(others, {
    unix: { path: 'na"me', abstract: true, bound: true, inode: 7, peer_inode: 8, owner_uid: 0 },
    poll: { fds: 1024, more: true },
    aio: { inflight: 3, file: '/a.ibd (deleted)' },
    uring: {
      submitted: 5,
      completed: 4,
      sq: 0,
      cq: 1,
      opcode: 'READ',
      fd: 9,
      file: 'pipe:[4713]',
      reg_idx: 0,
      buf_index: 0,
      len: 512,
      flags: 0,
      rw_flags: 0,
    },
  });
});

t.test('a path that was given counts where there is no file, and an empty one does not', async (t) => {
  const of = (text: string) =>
    entry('task', { tid: text.length }, { parts: { path: { values: {}, text: Buffer.from(text, 'latin1') } } });
  const { records } = decoder().decode(chunkOf(begin, of('rel/ative'), of(''), of('bad\xff')));
  t.strictSame(
    records.map((record) => (record as SampleRecord).filename),
    ['rel/ative', undefined, 'bad\ufffd'],
  );
});

t.test('a thread that has not moved is what it was, and one that has is not', async (t) => {
  const decoding = decoder();
  const sample = (off: number, exe: string, change: object = {}) => {
    const process_ = entry('process', { tgid: 1, exe_bytes: exe.length + 1 }, { tails: [names(exe)] });
    const parts = { ...EVERY_PART, tcp: { ...EVERY_PART.tcp, ...change } };
    const tasks = [entry('task', { tid: 2, tgid: 1, off_us: off }, { parts }), entry('task', { tid: 3, off_us: off })];
    return decoding.decode(chunkOf(begin, process_, ...tasks)).records as SampleRecord[];
  };
  const rows = [sample(1, 'a'), sample(2, 'a'), sample(3, 'b'), sample(4, 'b', { cwnd: 11 }), sample(5, 'b')];
  t.strictSame(
    rows.map(([row]) => [row!.off_us, row!.exe, row!.extra_info!.tcp!.cwnd]),
    [
      [1, '/a', 10],
      [2, '/a', 10],
      [3, '/b', 10],
      [4, '/b', 11],
      [5, '/b', 10],
    ],
  );
  t.strictSame({ ...rows[4]![0] }, { ...rows[2]![0], off_us: 5 });
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
    entry('task', { tid: 2, tgid: 1 }, { parts: EVERY_PART }),
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
    // A task is at least 64 bytes, and the texts of its parts come from within the entry.
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
  // The tasks are whole in the cuts that only lack the sample's end, or a part of it; the first one also before that.
  const last = entry('sample_end', {}).length;
  const second = entry('task', {}, { parts: EVERY_PART }).length;
  t.equal(rows.length, 2 * last + second);
});

const clock = entry('clock', { mono_ns: 1000n, wall_ns: 1_795_000_000_000_001_000n });

t.test('the end of a system call tells what it returned', async (t) => {
  const ends = (values: Values) => {
    const { records } = decoder().decode(chunkOf(clock, entry('syscend', { tid: 42, tgid: 40, seq: 7, ...values })));
    return records[0] as unknown as Record<string, unknown>;
  };
  const call = (name: string) => NATIVE_SYSCALLS.indexOf(name);
  const ret = (value: bigint) => BigInt.asUintN(64, value);
  t.strictSame(ends({ nr: call('read'), enter_ns: 2_000_000_000n, exit_ns: 5_000_000_001n, ret: 8192n }), {
    type: 'syscend',
    timestamp: '2026-11-18T11:06:45.000000Z',
    tid: 42,
    tgid: 40,
    syscall_name: 'read',
    duration_ns: 3_000_000_001,
    sysc_ret_val: 8192,
    sysc_seq_num: 7,
    sysc_enter_time: '2026-11-18T11:06:42.000000Z',
  });
  t.match(ends({ nr: call('read'), ret: ret(-11n) }), { sysc_ret_val: -11, errno: 'EAGAIN' });
  t.match(ends({ nr: call('read'), ret: ret(-512n) }), { sysc_ret_val: -512, errno: 'ERESTARTSYS' });
  const inMemory = ends({ nr: call('mmap'), ret: 0x7f00_1234_5000n });
  t.match(inMemory, { sysc_ret_hex: '7f0012345000', sysc_ret_val: undefined, errno: undefined });
  t.match(ends({ nr: call('mmap'), ret: ret(-12n) }), { sysc_ret_val: -12, errno: 'ENOMEM' });
  t.match(ends({ nr: call('lseek'), ret: 1n << 60n }), { sysc_ret_hex: '1000000000000000' });
  t.match(ends({ nr: 0, abi: 1, flags: 1 }), { syscall_name: /^(i386|arm):restart_syscall$/, partial: true });
  const left = ends({ nr: call('exit_group'), flags: 2 });
  t.strictSame([left['syscall_name'], left['sysc_ret_val'], left['partial']], ['exit_group', undefined, undefined]);
});

t.test('lost completions are told with their kind and cause', async (t) => {
  const losses: CompletionLoss[] = [];
  const syscend = KINDS.indexOf('syscend') + 1;
  decoder({ onLoss: (loss) => losses.push(loss) }).decode(
    chunkOf(entry('lost', { of_kind: syscend, cause: 0, count: 12 })),
  );
  t.strictSame(losses, [{ kind: 'syscend', count: 12, cause: 'the ring buffer of completions was full' }]);
});
