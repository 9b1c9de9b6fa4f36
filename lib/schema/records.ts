/**
 * The records of the NDJSON stream other than `sample`, whose keys are the columns. Generates the types and SCHEMA.md;
 * read at run time by the JSON Schema.
 */
import type { Column } from './columns.js';

/** Raised when a key changes its meaning or goes; new keys and types do not raise it. */
export const SCHEMA_VERSION = 1;

export interface Key {
  readonly name: string;
  /** `counts` is an object of integers by name; `object` one of plain JSON values. */
  readonly type: Column['type'] | 'number' | 'counts' | 'object';
  readonly unit?: Column['unit'];
  readonly description: string;
  readonly example: unknown;
  /** The key may be absent. */
  readonly optional?: true;
}

export interface RecordType {
  readonly name: string;
  readonly description: string;
  readonly keys: readonly Key[];
}

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
          'what this kernel and these rights give: `realtime` (the sampler thread has a realtime priority), `pid_iterator` (the kernel walks the threads of one process only), `hierarchy` (of control groups: `v2`, or the controller of version 1)',
        example: { realtime: true, pid_iterator: true, hierarchy: 'v2' },
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
