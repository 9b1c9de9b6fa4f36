/** The record `loss`. */
import type { RecordType } from '../record-type.js';

export const LOSS = {
  name: 'loss',
  description: 'Records were lost.',
  keys: [
    {
      name: 'timestamp',
      type: 'time',
      description: 'time when the loss was found out',
      example: '2026-11-23T01:07:29.350568Z',
    },
    { name: 'kind', type: 'text', description: 'type of the lost records', example: 'sample' },
    {
      name: 'count',
      type: 'integer',
      description: 'number of lost records, as far as it is known',
      example: 1,
    },
    {
      name: 'cause',
      type: 'text',
      description: 'why the records were lost',
      example: 'the walk ended early: ENOMEM',
    },
    {
      name: 'since',
      type: 'time',
      description: 'time before which nothing of this loss happened',
      example: '2026-11-23T01:07:28.350568Z',
    },
  ],
} as const satisfies RecordType;
