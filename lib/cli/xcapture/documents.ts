/** What xcapture prints about itself. */
import { readFileSync } from 'node:fs';
import { blazesymVersion } from '../../native.js';
import { COLUMNS, type Column } from '../../schema/columns.js';
import { jsonSchema } from '../../schema/json-schema.js';
import { version } from '../../version.js';
import { versionText } from '../command.js';
import { pad } from '../help.js';

export function columnList(): string {
  const rows = (COLUMNS as readonly Column[]).map(
    ({ name, type, unit, description }) =>
      [name, `${type.padEnd(8)} ${(unit ?? '-').padEnd(5)} ${description}`] as const,
  );
  return pad(rows);
}

export const schemaText = (): string => readFileSync(new URL('../../../../SCHEMA.md', import.meta.url), 'utf8');

export const jsonSchemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`;

/** With what the addon is made of, where that can be loaded. */
export function samplerVersionText(): string {
  try {
    const blazesym = blazesymVersion();
    return `xcapture ${version()} (${blazesym === undefined ? 'without blazesym' : `blazesym ${blazesym}`})\n`;
  } catch {
    return versionText('xcapture');
  }
}
