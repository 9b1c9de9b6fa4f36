/** SCHEMA.md: what the columns and records mean, printed by `xcapture --schema`. */
import { readFileSync } from 'node:fs';
import { COLUMNS, type Column } from '../../lib/schema/columns.js';
import { REASONS, STATES } from '../../lib/schema/enums.js';
import { FRAME_KEYS } from '../../lib/schema/frames.js';
import { EXTRA_INFO, type ExtraKey } from '../../lib/schema/extra-info.js';
import { LAYOUTS } from '../../lib/schema/layouts.js';
import { RECORD_TYPES, SCHEMA_VERSION, type Key, type RecordType } from '../../lib/schema/records.js';
import { BANNER } from './banner.js';
import { csvSections } from './csv-doc.js';
import { code, table } from './markdown.js';

function columnTable(): string {
  const rows = (COLUMNS as readonly Column[]).map(({ name, type, unit, description, example, source, onDemand }) => [
    code(name),
    type,
    unit ?? '',
    onDemand ? `${description}; only when named` : description,
    code(typeof example === 'object' ? JSON.stringify(example) : String(example)),
    source,
  ]);
  return table(['column', 'type', 'unit', 'meaning', 'example', 'source'], rows);
}

function recordSection({ name, description, keys }: RecordType): string {
  const rows = keys.map((key) => [
    code(key.name),
    key.type,
    key.unit ?? '',
    key.description,
    code(typeof key.example === 'string' ? key.example : JSON.stringify(key.example)),
  ]);
  return `### \`${name}\`\n\n${description}\n\n${table(['key', 'type', 'unit', 'meaning', 'example'], rows)}`;
}

function frameTable(): string {
  const rows = (FRAME_KEYS as readonly Key[]).map(({ name, type, unit, description, example }) => [
    code(name),
    type,
    unit ?? '',
    description,
    code(String(example)),
  ]);
  return table(['key', 'type', 'unit', 'meaning', 'example'], rows);
}

function extraTable(): string {
  const rows = EXTRA_INFO.flatMap(({ name, keys }) =>
    (keys as readonly ExtraKey[]).map((key) => [
      code(`${name}.${key.name}`),
      key.type,
      key.unit ?? '',
      key.description,
      code(String(key.example)),
      key.source,
    ]),
  );
  return table(['key', 'type', 'unit', 'meaning', 'example', 'source'], rows);
}

function layoutList(): string {
  return Object.entries(LAYOUTS)
    .map(([name, columns]) => `- ${name}: ${code(columns.join(','))}`)
    .join('\n');
}

/** Each type of record with the first sentence of its description. */
function recordTypeList(): string {
  const [header, ...others] = RECORD_TYPES as readonly [RecordType, ...RecordType[]];
  const sample = { name: 'sample', description: 'One task in one sample.' };
  return [header, sample, ...others]
    .map(({ name, description }) => `- ${code(name)}: ${description.replace(/(?<=\.) .*/s, '')}`)
    .join('\n');
}

function stateTable(): string {
  const rows = STATES.filter(({ name }) => name !== 'OTHER').map(({ name, description }) => [code(name), description]);
  return table(['state', 'meaning'], rows);
}

/** What stands in docs/schema.in.md as {{NAME}}. */
const PIECES: Readonly<Record<string, () => string>> = {
  banner: () => `<!-- ${BANNER} Its prose is docs/schema.in.md. -->`,
  'schema version': () => String(SCHEMA_VERSION),
  'record types': recordTypeList,
  columns: columnTable,
  layouts: layoutList,
  'extra_info objects': () => EXTRA_INFO.map(({ name, description }) => `${code(name)} for ${description}`).join('; '),
  extra_info: extraTable,
  states: stateTable,
  reasons: () =>
    table(
      ['reason', 'shown', 'when'],
      REASONS.map(({ name, idle, description }) => [code(name), idle ? 'no' : 'yes', description]),
    ),
  frames: frameTable,
  records: () => (RECORD_TYPES as readonly RecordType[]).map(recordSection).join('\n\n'),
  'csv files': csvSections,
};

/** The whole file. Throws when the prose names no piece of that name, or leaves one out. */
export function schemaDoc(): string {
  const prose = readFileSync(new URL('../../../docs/schema.in.md', import.meta.url), 'utf8');
  const missing = new Set(Object.keys(PIECES));
  const text = prose.replaceAll(/\{\{([^}]+)\}\}/g, (_, name: string) => {
    const piece = PIECES[name];
    if (!piece) throw new Error(`docs/schema.in.md: there is no {{${name}}}`);
    missing.delete(name);
    return piece();
  });
  if (missing.size > 0) throw new Error(`docs/schema.in.md lacks ${[...missing].join(', ')}`);
  return text;
}
