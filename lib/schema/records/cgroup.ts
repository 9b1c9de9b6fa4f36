/** The record `cgroup`. */
import { of } from '../csv-file.js';
import type { RecordType } from '../record-type.js';

export const CGROUP = {
  name: 'cgroup',
  description:
    'A control group and its path, before the first row that names it; once, or again when the path has changed or 8192 others came between. With `-C`.',
  namedBy: 'cgroup_id',
  csv: {
    name: 'cgroups',
    columns: [...of('integer', 'CGROUP_ID'), { name: 'CGROUP_PATH', form: 'text', key: 'cgroup' }],
  },
  keys: [
    {
      name: 'cgroup_id',
      type: 'integer',
      description: 'id of the control group, as in the column `cgroup_id`',
      example: 6543,
    },
    { name: 'cgroup', type: 'text', description: 'path of the control group', example: '/system.slice/cron.service' },
  ],
} as const satisfies RecordType;
