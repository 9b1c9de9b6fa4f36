/** The part of SCHEMA.md about recorded CSV. */
import { CSV_FILES, keyOf, type CsvFile, type CsvForm } from '../../lib/schema/csv-files.js';
import { code, table } from './markdown.js';

const FORMS: Readonly<Record<CsvForm, string>> = {
  time: 'local time',
  integer: 'number',
  flag: '0 or 1',
  return_value: 'number, signed',
  errno: 'number, 0 for none',
  major: 'number',
  minor: 'number',
  text: 'text',
  hex: 'text, hex of 16 digits',
  stack_hash: 'text, hex of 16 digits, of the hour',
  digits: 'text, hex',
  json: 'text, JSON',
  addresses: 'text, hex joined with `;`',
  symbols: 'text, empty for none',
  fixed: 'text',
};

function section({ name, record, columns, namedBy }: CsvFile): string {
  const rows = columns.map((column) => [
    code(column.name),
    FORMS[column.form],
    column.form === 'fixed' ? `always \`${column.value}\`` : code(keyOf(column)),
  ]);
  const once = namedBy ? ' Each entry that the hour needs is in it once.' : '';
  return `### \`xcapture_${name}_2026-11-23.01.csv\`\n\nRecords of type \`${record}\`.${once}\n\n${table(['column', 'form', 'key'], rows)}`;
}

/** Markdown. */
export function csvDoc(): string {
  return `## Recorded CSV

\`xcapture -o DIR\` and \`xcapture-csv -o DIR\` write one file a kind of record and local hour, made at its first record. A record belongs to
the hour of its own time: of a system call or a request when it ended. Records without a file of their own go to
\`xcapture_meta_2026-11-23.01.ndjson\`, with what the recorder itself has to say (\`recorder\`). \`partitions\` is a copy of /proc/partitions.

- RFC 4180: the header first, lines end with \`\\n\`, text is in double quotes in every row. The header is the same in every hour; only
  \`-G\` adds columns to samples, at the end.
- No text is \`"-"\`, no number or time is empty. A text that is itself \`-\` is \`"\\-"\`, and one that is some backslashes
  and a \`-\` has one backslash more.
- Times are local without an offset, all those of a row in the offset of the row's own time, so that differences are right. The repeated hour of a
  change to winter time is one file; the notes \`utc_offset\` say which rows are in which offset.
- The hash of a stack is XORed with the 64-bit FNV-1a of the hour's name (\`2026-11-23.01\`), so that a plain join over several
  hours counts no row twice. Replay undoes it.
- A hash whose stack was not in the stream stays, and joins with nothing. A control group that gets another path within an hour keeps its first there.
- With \`--compress\` a closed hour is Parquet with the same columns: \`TIMESTAMP\`, \`INT64\` and \`UTF8\`, missing numbers and
  times are NULL, text is as in CSV.

${CSV_FILES.map(section).join('\n\n')}`;
}
