/**
 * Rows of CSV as the original xcapture (0xtools) writes it: text in single quotes that are not escaped, `-` for what is
 * missing in any column. Source: its src/user/task_handler.c.
 */
import type { CsvForm } from '../schema/csv-files.js';

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/;
const FRACTION_DIGITS = 6;

/** Where a field that begins at `from` ends, and where its text does. */
function fieldEnd(row: string, from: number): { end: number; text: string } {
  const quote = row[from];
  if (quote === '"') {
    let end = from + 1;
    while (end < row.length && (row[end] !== '"' || row[++end] === '"')) end++;
    return { end, text: row.slice(from + 1, end - 1).replaceAll('""', '"') };
  }
  if (quote === "'") {
    // Its text may have commas and quotes; only both together end it.
    const next = row.indexOf("',", from + 1);
    const end = next >= 0 ? next + 1 : row.length;
    if (end > from + 1 && row[end - 1] === "'") return { end, text: row.slice(from + 1, end - 1) };
  }
  const comma = row.indexOf(',', from);
  const end = comma >= 0 ? comma : row.length;
  return { end, text: row.slice(from, end) };
}

/** The fields of a row, without its end and their quotes. */
export function splitOriginalRow(row: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= row.length;) {
    const { end, text } = fieldEnd(row, at);
    fields.push(text);
    at = end + 1;
  }
  return fields;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const numeric = (field: string) => (/^-?\d+$/.test(field) ? field : '');
const textual = (field: string) => field || '-';

function local(field: string): string {
  const [, date, time, fraction = ''] = TIME.exec(field) ?? [];
  return date ? `${date}T${time}.${fraction.slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, '0')}` : '';
}

const BY_FORM: Readonly<Record<CsvForm, (field: string) => string>> = {
  time: local,
  integer: numeric,
  flag: numeric,
  return_value: numeric,
  errno: numeric,
  major: numeric,
  minor: numeric,
  text: textual,
  hex: textual,
  stack_hash: textual,
  digits: textual,
  addresses: textual,
  fixed: textual,
  json: (field) => (isJson(field) ? field : '-'),
  symbols: (field) => (field === '-' ? '' : field),
};

/** A field as our own CSV has it. What its column cannot hold is missing. */
export const fromOriginal = (field: string, form: CsvForm): string => BY_FORM[form](field);
