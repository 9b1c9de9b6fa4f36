/** dropCapabilities takes every capability from every thread. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { bpfSkipReason } from '../support/rights.js';

const run = promisify(execFile);
const native = new URL('../../lib/native.js', import.meta.url).href;

const PROGRAM = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { pbkdf2 } from 'node:crypto';
  import { dropCapabilities } from '${native}';
  // Node's own pool of threads is made at its first use; it must not keep what it had.
  for (let i = 0; i < 4; i++) pbkdf2('a', 'b', 1, 8, 'sha1', () => {});
  dropCapabilities();
  dropCapabilities();
  const keys = ['CapEff', 'CapPrm', 'CapInh', 'CapAmb', 'NoNewPrivs'];
  for (const tid of readdirSync('/proc/self/task')) {
    const status = readFileSync('/proc/self/task/' + tid + '/status', 'utf8');
    console.log(keys.map((key) => BigInt('0x' + new RegExp(key + ':\\\\s*(\\\\w+)').exec(status)[1])).join());
  }
`;

t.test('all threads lose all capabilities, and the way back', { skip: bpfSkipReason() }, async (t) => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', PROGRAM]);
  const threads = stdout.trim().split('\n');
  t.ok(threads.length > 6, `${threads.length} threads`);
  t.strictSame([...new Set(threads)], ['0,0,0,0,1']);
});
