/** What the README shows works as it is printed. */
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { bpfSkipReason } from './support/rights.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const skip = bpfSkipReason();

t.test('every library example of the README runs', { skip }, async (t) => {
  const examples = [...readme.matchAll(/<!-- example: begin[^>]*-->\s*```js\n(.*?)```/gs)].map(([, code]) => code!);
  t.ok(examples.length >= 2);
  for (const code of examples) {
    // From standard input of a process that stands in the package, which may import itself by its name.
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: root });
    t.equal(stderr, '');
    t.not(stdout, '');
  }
});

t.test('every shell example of the README runs', { skip }, async (t) => {
  const folder = t.testdir({});
  symlinkSync(join(root, 'dist/bin/xcapture.js'), join(folder, 'xcapture'));
  writeFileSync(join(folder, 'sudo'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(folder, 'sudo'), 0o755);
  const examples = [...readme.matchAll(/^ {4}((?:sudo )?(?:xcapture|jq) .*)$/gm)].map(([, line]) => line!);
  t.ok(examples.length >= 8);
  for (const example of examples) {
    // A reader has a process of his own to look at, and more time.
    const line = example.replace('-p 4242', `-p ${process.pid}`).replace(/-i (10|60)\b/, '-i 2 -F 5');
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    const { stderr } = await run('bash', ['-o', 'pipefail', '-c', `unset NODE_OPTIONS; ${line}`], { cwd: folder, env });
    t.notMatch(stderr, /^xcapture:/m, line);
  }
});
