/** The tests of the addon once more, with a build that finds misused memory and undefined behaviour. */
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { bpfSkipReason } from '../support/rights.js';

const run = promisify(execFile);
const skip = bpfSkipReason();
const addon = fileURLToPath(new URL('../../../build/asan/xcapture.node', import.meta.url));
const library = (name: string) => execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

const names = ['lifetime', 'capabilities', 'errors', 'symbolizer', 'symbolizer-lifetime'];

for (const name of names) {
  t.test(`the addon's tests of ${name} pass under the sanitizers`, { skip }, async (t) => {
    const env = {
      ...process.env,
      XCAPTURE_ADDON: addon,
      LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
      // Node does not free everything at its end.
      ASAN_OPTIONS: 'detect_leaks=0',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    };
    const file = fileURLToPath(new URL(`./${name}.test.js`, import.meta.url));
    const { stdout, stderr } = await run(process.execPath, [file], { env });
    t.match(stdout, /^1\.\.\d+$/m);
    t.notMatch(stdout, /not ok/);
    t.notMatch(stdout, /# skip/i);
    t.notMatch(stderr, /AddressSanitizer|runtime error/);
  });
}
