/**
 * Part of `npm run check`: no line of what people write and read is longer than 120 columns. Left out are generated
 * files, tables of Markdown, output as it was printed, and what has no place to break: a link, or one literal of text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import stringWidth from 'string-width';

const MAX_COLUMNS = 120;
const FOLDERS = ['bench', 'bin', 'bpf', 'docs', 'lib', 'native', 'test', 'tools', '.ci'];
const WRITTEN = /\.(?:ts|c|cc|h|rs|sh|py|md)$|^Makefile$|^(?:init|run)$/;
const GENERATED = /\.gen\.|^SCHEMA\.md$/;
const TAB_STOP = 8;
const ONE_WORD = /^\s*(?:(?:[-*#]|\/\/)\s+)?\S+$/;
/** Also with its key, or as the argument of a call. */
const ONE_LITERAL = /^\s*(?:[\w.]+[:(] ?|(?:export )?const \w+ = |return |\? |: )?(['"`]).*\1(?: \+|[\]),;]*)$/;
/** Markup in a template: a break would be part of what is written. */
const MARKUP = /^\s*<\w/;

/** Tabs go to the following stop. */
const expand = (line: string) =>
  line.split('\t').reduce((text, piece) => text + ' '.repeat(TAB_STOP - (stringWidth(text) % TAB_STOP)) + piece);

const root = fileURLToPath(new URL('../../', import.meta.url));

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (WRITTEN.test(entry.name) && !GENERATED.test(entry.name)) yield path;
  }
}

/** Numbers of the lines that are too long. */
function longLines(path: string, text: string): number[] {
  let isFenced = false;
  return text.split('\n').flatMap((line, index) => {
    if (path.endsWith('.md') && line.trimStart().startsWith('```')) isFenced = !isFenced;
    const isTable = path.endsWith('.md') && (isFenced || line.startsWith('|') || line.startsWith('    '));
    const isUnbreakable =
      ONE_WORD.test(line) || (path.endsWith('.ts') && (ONE_LITERAL.test(line) || MARKUP.test(line)));
    const isLong = stringWidth(expand(line)) > MAX_COLUMNS;
    return isLong && !isTable && !isUnbreakable ? [index + 1] : [];
  });
}

const rootFiles = readdirSync(root).filter((name) => WRITTEN.test(name) && !GENERATED.test(name));
const found = [...rootFiles, ...FOLDERS.flatMap((folder) => [...filesBelow(folder)])].flatMap((path) =>
  longLines(path, readFileSync(join(root, path), 'utf8')).map((line) => `${path}:${line}`),
);
for (const place of found) console.error(`${place}: longer than ${MAX_COLUMNS} columns`);
if (found.length > 0) process.exitCode = 1;
