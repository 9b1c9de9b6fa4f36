/** What keeps BPF from loading is an error with a code, an errno and a hint; and the next try may succeed. */
import { execFile } from 'node:child_process';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import t from 'tap';
import { bpfSkipReason } from '../support/rights.js';

const run = promisify(execFile);
const native = new URL('../../lib/native.js', import.meta.url).href;
const OPTIONS = JSON.stringify({
  periodNs: 1e9,
  iterations: 1,
  durationNs: 0,
  flags: {},
  verbose: false,
  track: [],
  light: false,
  pids: [],
});
const PROGRAM = `
  import { openNativeSampler } from '${native}';
  try {
    openNativeSampler(${OPTIONS}).close();
  } catch ({ name, code, errno, message, hint }) {
    console.log(JSON.stringify({ name, code, errno, message, hint }));
  }
`;
const node = [process.execPath, '--input-type=module', '-e', PROGRAM];
const skip = bpfSkipReason();

async function failure(command: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await run(command, [...args, ...node]);
  if (stderr !== '') throw new Error(`something was said on stderr: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

t.test('without capabilities the error names them and the command that grants them', { skip }, async (t) => {
  t.match(await failure('setpriv', '--bounding-set=-all'), {
    name: 'XcaptureError',
    code: 'XCAP_NO_CAPABILITY',
    errno: constants.errno.EPERM,
    message: 'missing CAP_BPF and CAP_PERFMON',
    hint: /^run it with sudo, or grant them: sudo setcap cap_bpf,cap_perfmon=ep \//,
  });
  t.match(await failure('setpriv', '--bounding-set=-perfmon,-sys_admin'), { message: 'missing CAP_PERFMON' });
});

t.test('without type information of the kernel the error names the file', { skip }, async (t) => {
  const hidden = ['-m', 'sh', '-c', 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', 'sh'];
  t.match(await failure('unshare', ...hidden), {
    code: 'XCAP_NO_BTF',
    errno: constants.errno.ENOENT,
    message: /\/sys\/kernel\/btf\/vmlinux/,
    hint: /CONFIG_DEBUG_INFO_BTF/,
  });
});

t.test('a limit of no locked memory does not matter', { skip }, async (t) => {
  const { stdout } = await run('sh', ['-c', 'ulimit -l 0 && exec "$@"', 'sh', ...node]);
  t.equal(stdout, '');
});

t.test('the signals of a profiler do not keep BPF from loading', { skip }, async (t) => {
  const profiler = ['--cpu-prof', '--cpu-prof-interval', '50', `--cpu-prof-dir=${t.testdir({})}`];
  const [command, ...args] = node;
  const { stdout } = await run(command!, [...profiler, ...args]);
  t.equal(stdout, '');
});
