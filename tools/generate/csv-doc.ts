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

/** A section for each file. */
export const csvSections = (): string => CSV_FILES.map(section).join('\n\n');
