/** The record `header`. */
import type { RecordType } from '../record-type.js';

/** Raised when a key changes its meaning or goes; new keys and types do not raise it. */
export const SCHEMA_VERSION = 1;

export const HEADER = {
  name: 'header',
  description: 'First line: which machine, which xcapture, which options.',
  time: { start: 'start_time' },
  keys: [
    { name: 'schema_version', type: 'integer', description: 'version of this schema', example: SCHEMA_VERSION },
    { name: 'xcapture_version', type: 'text', description: 'version of the program', example: '0.1.0' },
    { name: 'host', type: 'text', description: 'name of the machine', example: 'db7' },
    {
      name: 'boot_id',
      type: 'text',
      description: 'id of this boot of the machine; another boot has another id',
      example: 'a5f0b3c2-1d2e-4f60-8a7b-9c0d1e2f3a4b',
    },
    { name: 'kernel', type: 'text', description: 'kernel release', example: '6.1.0-40-amd64' },
    { name: 'arch', type: 'text', description: 'machine as uname(2) has it', example: 'x86_64' },
    {
      name: 'start_time',
      type: 'time',
      description: 'time when the sampler was started',
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
} as const satisfies RecordType;
