/** The record `recorder`. */
import type { RecordType } from '../record-type.js';

export const RECORDER = {
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
    {
      name: 'event',
      type: 'text',
      description: 'what has happened: `utc_offset`, `repaired`, `old_header`, `compressed` or `removed`',
      example: 'utc_offset',
    },
    {
      name: 'file',
      type: 'text',
      description: 'file that it has happened to',
      example: 'xcapture_samples_2026-11-23.01.csv',
      optional: true,
    },
    {
      name: 'bytes',
      type: 'integer',
      description: 'of `repaired`: bytes that were no whole row; of `removed`: bytes of the removed files',
      example: 0,
      optional: true,
    },
    {
      name: 'utc_offset_s',
      type: 'integer',
      description: 'of `utc_offset`: seconds east of UTC of the local times from here on',
      example: 3600,
      optional: true,
    },
    {
      name: 'rows',
      type: 'integer',
      description: 'of `utc_offset`: rows in the file so far; of `compressed`: rows in the Parquet file',
      example: 1800,
      optional: true,
    },
    {
      name: 'hour',
      type: 'text',
      description: 'of `removed`: hour whose files were removed',
      example: '2026-11-16.01',
      optional: true,
    },
    {
      name: 'tail',
      type: 'text',
      description: 'of `repaired`: what was cut off the end of the file, where it is text',
      example: '2026-11-23T01:07',
      optional: true,
    },
    {
      name: 'tail_base64',
      type: 'text',
      description: 'of `repaired`: what was cut off the end of the file in base64, where it is no text',
      example: 'MjAyNi0xMS0yM1QwMTowNw==',
      optional: true,
    },
  ],
} as const satisfies RecordType;
