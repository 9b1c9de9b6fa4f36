/**
 * The records of the NDJSON stream other than `sample`, whose keys are the columns. Generates the types and SCHEMA.md;
 * read at run time by the JSON Schema.
 */
import type { Column } from './columns.js';

/** Raised when a key changes its meaning or goes; new keys and types do not raise it. */
export const SCHEMA_VERSION = 1;

export interface Key {
  readonly name: string;
  /** `counts` is an object of integers by name; `object` one of plain JSON values; `frames` the frames of a stack. */
  readonly type: Column['type'] | 'number' | 'boolean' | 'counts' | 'object' | 'frames';
  readonly unit?: Column['unit'];
  readonly description: string;
  readonly example: unknown;
  /** An `integer` that may be negative. */
  readonly signed?: true;
  /** The key may be absent. */
  readonly optional?: true;
}

export interface RecordType {
  readonly name: string;
  readonly description: string;
  readonly keys: readonly Key[];
}

const stackKeys = [
  {
    name: 'hash',
    type: 'hex',
    description:
      'tells it from all others: 64 bits of FNV-1a over its frames, of a user stack also over what program it is',
    example: '8c3e21f0a9b4d775',
  },
  {
    name: 'syms',
    type: 'text',
    description:
      'its frames, leaf first, joined with `;`: `name+0x12`, `name[inlined]`, `module+0x1234` or `0x55d0c0001234`; absent when nothing is known of them, and with `-N`',
    example: 'pipe_read+0x2c1;vfs_read+0x209;ksys_read+0xbb',
    optional: true,
  },
  {
    name: 'frames',
    type: 'frames',
    description: 'the same one by one (table above)',
    example: [{ addr: 'ffffffff8141a2b1', name: 'pipe_read', offset: 705 }],
  },
] as const satisfies readonly Key[];

const payloadKeys = (what: string) =>
  [
    {
      name: 'trace_payload',
      type: 'hex',
      description: `what was ${what}, the first 512 bytes as hex; absent without -Y`,
      example: '53454c4543542031',
      optional: true,
    },
    {
      name: 'trace_payload_len',
      type: 'integer',
      unit: 'bytes',
      description: 'how many bytes that are',
      example: 8,
      optional: true,
    },
  ] as const satisfies readonly Key[];

export const RECORD_TYPES = [
  {
    name: 'header',
    description: 'First line: which machine, which xcapture, which options.',
    keys: [
      { name: 'schema_version', type: 'integer', description: 'version of this schema', example: SCHEMA_VERSION },
      { name: 'xcapture_version', type: 'text', description: 'version of the program', example: '0.1.0' },
      { name: 'host', type: 'text', description: 'name of the machine', example: 'db7' },
      {
        name: 'boot_id',
        type: 'text',
        description: 'tells one boot of the machine from the next',
        example: 'a5f0b3c2-1d2e-4f60-8a7b-9c0d1e2f3a4b',
      },
      { name: 'kernel', type: 'text', description: 'kernel release', example: '6.1.0-40-amd64' },
      { name: 'arch', type: 'text', description: 'machine as uname(2) has it', example: 'x86_64' },
      {
        name: 'start_time',
        type: 'time',
        description: 'when the sampler was started',
        example: '2026-11-23T01:07:27.350568Z',
      },
      { name: 'hz', type: 'number', description: 'samples a second', example: 1 },
      {
        name: 'options',
        type: 'object',
        description: 'the options in force, by their long names',
        example: { freq: 1, all: true },
      },
      {
        name: 'features',
        type: 'object',
        description:
          'what this kernel and these rights give: `realtime` (the sampler thread has a realtime priority), `pid_iterator` (the kernel walks the threads of one process only), `hierarchy` (of control groups: `v2`, or the controller of version 1), `blazesym` (the version of what names the frames of stacks; false: built without)',
        example: { realtime: true, pid_iterator: true, hierarchy: 'v2', blazesym: '0.1.11' },
      },
    ],
  },
  {
    name: 'cgroup',
    description:
      'A control group and its path, before the first row that names it; once, or again when the path has changed or 8192 others came between. With `-C`.',
    keys: [
      { name: 'cgroup_id', type: 'integer', description: 'as in the rows', example: 6543 },
      { name: 'cgroup', type: 'text', description: 'its path', example: '/system.slice/cron.service' },
    ],
  },
  {
    name: 'kstack',
    description:
      'A kernel stack, before the first row that names it, and again when thousands of others came between. With `-k`.',
    keys: stackKeys,
  },
  {
    name: 'ustack',
    description:
      'A stack in user mode, likewise. With `-u`. Processes that were forked from one share theirs; other programs never do.',
    keys: [
      ...stackKeys,
      {
        name: 'unwinder',
        type: 'text',
        description:
          'what has made its frames: `eh_frame` (the unwind tables of the mapped files, and frame pointers where there are none) or `frame_pointer` (these alone)',
        example: 'eh_frame',
        optional: true,
      },
    ],
  },
  {
    name: 'syscend',
    description:
      'A system call that a sample has caught has ended; with `-t syscall`. It follows the sample. `tid` and `sysc_seq_num` join the two: each pair is in at most one of these records.',
    keys: [
      { name: 'timestamp', type: 'time', description: 'when it ended', example: '2026-11-23T01:07:28.350568Z' },
      { name: 'tid', type: 'integer', description: 'thread id when it was sampled', example: 4242 },
      { name: 'tgid', type: 'integer', description: 'process id when it was sampled', example: 4240 },
      { name: 'syscall_name', type: 'text', description: 'which, as in the column `syscall`', example: 'pread64' },
      {
        name: 'duration_ns',
        type: 'integer',
        unit: 'ns',
        description: 'from its entry to its end',
        example: 200412000,
      },
      {
        name: 'sysc_ret_val',
        type: 'integer',
        signed: true,
        description:
          'what it returned; absent when it did not return (exit, exit_group, a thread that was killed inside it) and with `sysc_ret_hex`',
        example: 8192,
        optional: true,
      },
      {
        name: 'sysc_ret_hex',
        type: 'hex',
        description: 'what it returned, when that is an address (mmap, mremap, brk, shmat) or does not stay below 2^53',
        example: '7f0012345000',
        optional: true,
      },
      {
        name: 'errno',
        type: 'text',
        description:
          'name of the error, when it failed; ERESTARTSYS and its like when a signal has interrupted it, after which the program gets EINTR or the call begins anew',
        example: 'EAGAIN',
        optional: true,
      },
      { name: 'sysc_seq_num', type: 'integer', description: 'as in the sample', example: 1763946448350570 },
      {
        name: 'sysc_enter_time',
        type: 'time',
        description: 'when it was entered, or sampled first',
        example: '2026-11-23T01:07:28.150156Z',
      },
      ...payloadKeys('read, received, written or sent'),
      {
        name: 'trace_payload_sys',
        type: 'text',
        description: 'the system call that the payload is of',
        example: 'pread64',
        optional: true,
      },
      {
        name: 'trace_payload_seq',
        type: 'integer',
        description: 'the number of that system call',
        example: 1763946448350570,
        optional: true,
      },
      {
        name: 'partial',
        type: 'boolean',
        description: 'it was running when xcapture started, and is timed from its first sample',
        example: true,
        optional: true,
      },
      {
        name: 'clock',
        type: 'text',
        description:
          'with `--track-light`, how good `sysc_enter_time` and `duration_ns` are: `exact`, to some microseconds; `bound`: it was entered at that time or before, and lasted so long or longer',
        example: 'exact',
        optional: true,
      },
      {
        name: 'duration_max_ns',
        type: 'integer',
        unit: 'ns',
        description: 'and not longer than this; with `bound`',
        example: 4012345,
        optional: true,
      },
    ],
  },
  {
    name: 'iorqend',
    description:
      'A block request that a sample has named has completed; with `-t iorq`. `insert_tid` and `iorq_seq_num` join it with the samples (`tid`, `iorq_seq_num`). `duration_ns` is `queued_ns` + `service_ns`.',
    keys: [
      { name: 'timestamp', type: 'time', description: 'when it completed', example: '2026-11-23T01:07:28.350568Z' },
      { name: 'insert_tid', type: 'integer', description: 'thread that made it', example: 4242 },
      { name: 'insert_tgid', type: 'integer', description: 'its process', example: 4240 },
      {
        name: 'issue_tid',
        type: 'integer',
        description: 'thread on whose time it went to the device; absent when it never did',
        example: 4242,
        optional: true,
      },
      { name: 'issue_tgid', type: 'integer', description: 'its process', example: 4240, optional: true },
      {
        name: 'complete_tid',
        type: 'integer',
        description: 'thread that the completion has interrupted; 0: an idle CPU',
        example: 0,
      },
      { name: 'complete_tgid', type: 'integer', description: 'its process', example: 0 },
      { name: 'dev', type: 'text', description: 'device, MAJOR:MINOR', example: '254:0' },
      { name: 'dev_name', type: 'text', description: 'its name', example: 'vda', optional: true },
      {
        name: 'sector',
        type: 'integer',
        description: 'where it begins, in units of 512 bytes; absent for a flush',
        example: 2048,
        optional: true,
      },
      { name: 'bytes', type: 'integer', unit: 'bytes', description: 'how many were asked for', example: 8192 },
      {
        name: 'iorq_flags',
        type: 'text',
        description: "the operation and its flags, joined by `|`, in the kernel's words",
        example: 'WRITE|SYNC',
      },
      { name: 'iorq_seq_num', type: 'integer', description: 'as in the sample', example: 1763946448350571 },
      { name: 'duration_ns', type: 'integer', unit: 'ns', description: 'the sum of the next two', example: 912000 },
      {
        name: 'queued_ns',
        type: 'integer',
        unit: 'ns',
        description: "in the scheduler's queue, until it went to the device (the last time)",
        example: 12000,
      },
      { name: 'service_ns', type: 'integer', unit: 'ns', description: 'in the device', example: 900000 },
      {
        name: 'issue_timestamp',
        type: 'time',
        description: 'when it went to the device (the last time); absent when it never did',
        example: '2026-11-23T01:07:28.349668Z',
        optional: true,
      },
      { name: 'error', type: 'text', description: 'name of the error, when it failed', example: 'EIO', optional: true },
    ],
  },
  {
    name: 'recorder',
    description:
      'What a recorder of CSV has to say, in the meta file of the hour only. `event` is `utc_offset` (behind the first `rows` rows of `file`, local times are `utc_offset_s` seconds east of UTC), `repaired` (`bytes` bytes at the end of `file` were no whole row and are here, as `tail`, or `tail_base64` where they are no text), `old_header` (`file` was begun by an older version and goes on with its columns), `compressed` (`file` has become Parquet, `rows` rows), `removed` (`--retain` has removed the files of `hour`, `bytes` bytes).',
    keys: [
      {
        name: 'timestamp',
        type: 'time',
        description: 'time of the record that was being written',
        example: '2026-11-23T01:07:28.350568Z',
      },
      { name: 'event', type: 'text', description: 'what has happened', example: 'utc_offset' },
      {
        name: 'file',
        type: 'text',
        description: 'to which file',
        example: 'xcapture_samples_2026-11-23.01.csv',
        optional: true,
      },
      { name: 'bytes', type: 'integer', description: 'see above', example: 0, optional: true },
      { name: 'utc_offset_s', type: 'integer', description: 'see above', example: 3600, optional: true },
      { name: 'rows', type: 'integer', description: 'see above', example: 1800, optional: true },
      { name: 'hour', type: 'text', description: 'see above', example: '2026-11-16.01', optional: true },
      { name: 'tail', type: 'text', description: 'see above', example: '2026-11-23T01:07', optional: true },
      {
        name: 'tail_base64',
        type: 'text',
        description: 'see above',
        example: 'MjAyNi0xMS0yM1QwMTowNw==',
        optional: true,
      },
    ],
  },
  {
    name: 'loss',
    description: 'Records were lost.',
    keys: [
      { name: 'timestamp', type: 'time', description: 'when it was found out', example: '2026-11-23T01:07:29.350568Z' },
      { name: 'kind', type: 'text', description: 'type of the lost records', example: 'sample' },
      { name: 'count', type: 'integer', description: 'how many, as far as that is known', example: 1 },
      { name: 'cause', type: 'text', description: 'why', example: 'the walk ended early: ENOMEM' },
      { name: 'since', type: 'time', description: 'since when', example: '2026-11-23T01:07:28.350568Z' },
    ],
  },
  {
    name: 'summary',
    description: 'Last line: what was done, what was not, and what it cost.',
    keys: [
      { name: 'timestamp', type: 'time', description: 'when it was written', example: '2026-11-23T01:08:28.350568Z' },
      { name: 'samples', type: 'integer', description: 'samples taken', example: 60 },
      { name: 'late', type: 'integer', description: 'thereof started later than a tenth of the interval', example: 0 },
      { name: 'missed', type: 'integer', description: 'points of the time grid without a sample', example: 0 },
      {
        name: 'records',
        type: 'counts',
        description: 'records written, by type; counted by who writes them',
        example: { header: 1, sample: 912 },
        optional: true,
      },
      { name: 'lost', type: 'integer', description: 'records lost, the sum over the loss records', example: 0 },
      {
        name: 'unfinished',
        type: 'counts',
        description: 'sampled system calls and block requests that had not ended, by the type of their record',
        example: { syscend: 12, iorqend: 1 },
        optional: true,
      },
      {
        name: 'unreadable',
        type: 'integer',
        description:
          "values in tasks' memory (paths, sets of descriptors, command lines) that could not be read and are absent",
        example: 0,
      },
      {
        name: 'cpu_us',
        type: 'integer',
        unit: 'us',
        description: 'CPU time of xcapture, user and system',
        example: 412000,
      },
      {
        name: 'peak_rss_bytes',
        type: 'integer',
        unit: 'bytes',
        description: 'most memory that xcapture had resident',
        example: 71303168,
      },
    ],
  },
] as const satisfies readonly RecordType[];
