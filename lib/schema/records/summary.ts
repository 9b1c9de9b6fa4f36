/** The record `summary`. */
import type { RecordType } from '../record-type.js';

export const SUMMARY = {
  name: 'summary',
  description: 'Last line: what was done, what was not, and what it cost.',
  keys: [
    {
      name: 'timestamp',
      type: 'time',
      description: 'time when the summary was written',
      example: '2026-11-23T01:08:28.350568Z',
    },
    { name: 'samples', type: 'integer', description: 'samples taken', example: 60 },
    {
      name: 'late',
      type: 'integer',
      description: 'samples that started later than a tenth of the interval',
      example: 0,
    },
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
} as const satisfies RecordType;
