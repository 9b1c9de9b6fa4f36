/** What xcapture says about itself: on stdout, status 0, without any rights. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { OPTIONS } from '../../lib/cli/xcapture/options.js';
import { COLUMNS, jsonSchema } from '../../lib/index.js';
import { blazesymVersion } from '../../lib/native.js';
import { runXcapture } from '../support/xcapture.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Run as a user without rights. */
async function printed(t: Parameters<typeof runXcapture>[0], option: string): Promise<string> {
  const isRoot = process.geteuid?.() === 0;
  const wrapper = isRoot ? ['setpriv', '--reuid=65534', '--clear-groups', '--bounding-set=-all'] : [];
  const { status, stdout, stderr } = await runXcapture(t, [option], { wrapper });
  t.equal(status, 0, option);
  t.equal(stderr, '');
  return stdout.toString();
}

t.test('--help names every option and the exit status', async (t) => {
  const help = await printed(t, '-h');
  const words = help.replaceAll(/\s+/g, ' ');
  for (const { long, help: text } of OPTIONS) {
    t.match(help, `--${long[0]}`);
    t.match(words, text);
  }
  t.match(help, 'Exit status: 0 done');
});

t.test('--list shows each column with type, unit and description', async (t) => {
  const lines = (await printed(t, '-l')).trimEnd().split('\n');
  t.equal(lines.length, COLUMNS.length);
  for (const [at, column] of COLUMNS.entries()) {
    t.match(lines[at], new RegExp(`^ +${column.name} +${column.type} +${'unit' in column ? column.unit : '-'} `));
    t.match(lines[at], column.description);
  }
});

t.test('--version, --schema and --json-schema print what the package has', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const blazesym = blazesymVersion();
  const symbols = blazesym === undefined ? 'without blazesym' : `blazesym ${blazesym}`;
  t.equal(await printed(t, '-V'), `xcapture ${version} (${symbols})\n`);
  t.equal(await printed(t, '--schema'), readFileSync(join(ROOT, 'SCHEMA.md'), 'utf8'));
  t.strictSame(JSON.parse(await printed(t, '--json-schema')), jsonSchema());
});

t.test('the README documents every option', async (t) => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  for (const { long } of OPTIONS) for (const name of long) t.match(readme, `--${name}`);
});
