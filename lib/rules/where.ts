/** `--where EXPR`: `COL=VALUE`, `COL!=VALUE`, `COL~REGEX`. */
import { XcaptureError } from '../errors.js';
import { resolveColumn } from '../lookup/column-names.js';
import { nearest } from '../lookup/nearest.js';
import { COLUMN_BY_NAME, type ColumnName } from '../schema/columns.js';
import type { SampleRecord } from '../schema/types.gen.js';

export interface Condition {
  column: ColumnName;
  holds: (row: SampleRecord) => boolean;
}

const EXPRESSION = /^\s*([^=!~\s]+)\s*(!=|=|~)(.*)$/s;

/**
 * A value is compared as the text that NDJSON shows. A missing value equals the empty text, so that `syscall=` finds
 * the threads in none, and matches no regular expression.
 * Throws `XcaptureError`, when it is no expression, or names no column, or a value that its column never has.
 */
export function parseWhere(expression: string): Condition {
  const [, name, operator, operand] = EXPRESSION.exec(expression) ?? [];
  if (name === undefined || operand === undefined) {
    throw new XcaptureError('XCAP_USAGE', `--where ${expression} is no condition`, {
      hint: 'write COL=VALUE, COL!=VALUE or COL~REGEX, as in --where state=DISK',
    });
  }
  const column = resolveColumn(name);
  const textOf = (row: SampleRecord) => asText(row[column]);
  if (operator !== '~') checkValue(column, operand, expression);
  if (operator === '=') return { column, holds: (row) => textOf(row) === operand };
  if (operator === '!=') return { column, holds: (row) => textOf(row) !== operand };
  const regex = compile(operand, expression);
  return { column, holds: (row) => row[column] !== undefined && regex.test(textOf(row)) };
}

/** Not all columns have a closed set of values. */
function checkValue(column: ColumnName, value: string, expression: string): void {
  const { values, otherValues } = COLUMN_BY_NAME.get(column)!;
  if (!values || value === '' || values.includes(value)) return;
  if (otherValues !== undefined && new RegExp(`^${otherValues}$`).test(value)) return;
  const lower = nearest(
    value.toLowerCase(),
    values.map((name) => name.toLowerCase()),
  );
  const guess = values.find((name) => name.toLowerCase() === lower);
  throw new XcaptureError('XCAP_USAGE', `--where ${expression}: ${column} is never ${value}`, {
    hint: guess ? `did you mean ${guess}?` : `it is one of ${values.join(', ')}`,
  });
}

/** `extra_info` is the only value that is an object. */
function asText(value: SampleRecord[ColumnName]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
}

function compile(source: string, expression: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (cause) {
    throw new XcaptureError('XCAP_USAGE', `--where ${expression}: ${(cause as Error).message}`, {
      hint: 'the part after ~ is a JavaScript regular expression',
      cause,
    });
  }
}
