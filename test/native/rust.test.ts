/** The tests of the Rust library: what needs no other program, above all files and stacks that make no sense. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const CARGO = [
  'test',
  '--quiet',
  '--locked',
  '--manifest-path',
  'native/rust/Cargo.toml',
  '--target-dir',
  'build/rust',
];

t.test('the tests of the Rust library pass', async (t) => {
  const { stdout } = await promisify(execFile)('cargo', CARGO, { cwd: root, maxBuffer: 16 << 20 });
  t.match(stdout, /[1-9]\d* passed/);
});
