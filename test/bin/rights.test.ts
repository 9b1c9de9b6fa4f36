/** What xcapture may do, what it says when it may not, and what it gives up. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { blazesymVersion } from '../../lib/native.js';
import { bpfSkipReason } from '../support/rights.js';
import { record, runXcapture, startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const ONE_LINE = /^xcapture: [^\n]+\n$/;

t.test('missing capabilities are named in one line, with the command that grants them', { skip }, async (t) => {
  const cases: [string[], RegExp][] = [
    [['--bounding-set=-all'], /missing CAP_BPF and CAP_PERFMON; .*sudo setcap cap_bpf,cap_perfmon=ep \S+\n/],
    [['--reuid=65534', '--clear-groups'], /missing CAP_BPF and CAP_PERFMON; /],
    [['--bounding-set=-sys_admin,-bpf'], /missing CAP_BPF; .*cap_bpf=ep/],
  ];
  for (const [rights, line] of cases) {
    const { status, stdout, stderr } = await runXcapture(t, ['-i', 1], { wrapper: ['setpriv', ...rights] });
    t.equal(status, 1);
    t.equal(stdout.length, 0);
    t.match(stderr, line);
    t.match(stderr, ONE_LINE);
  }
});

t.test('CAP_BPF and CAP_PERFMON are enough', { skip }, async (t) => {
  const caps = '+bpf,+perfmon';
  const wrapper = ['setpriv', '--reuid=65534', '--clear-groups', `--inh-caps=${caps}`, `--ambient-caps=${caps}`];
  const { header, rows } = await record(t, ['-a', '-i', 1, '-G', 'cmdline'], { wrapper });
  t.ok(rows.length > 10);
  t.equal(header.features['realtime'], false, 'the priority wants CAP_SYS_NICE');
  t.equal((await record(t, ['-i', 1])).header.features['realtime'], true);
  t.equal(header.features['blazesym'], blazesymVersion() ?? false, 'what is built in');
});

t.test('no BTF is one line, and no word of the verifier or of libbpf', { skip }, async (t) => {
  const wrapper = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', 'sh'];
  const { status, stdout, stderr } = await runXcapture(t, ['-i', 1], { wrapper });
  t.equal(status, 1);
  t.equal(stdout.length, 0);
  t.match(stderr, /^xcapture: this kernel shows no BTF type information: \/sys\/kernel\/btf\/vmlinux: /);
  t.match(stderr, ONE_LINE);
});

t.test('a limit of no locked memory does not matter', { skip }, async (t) => {
  const wrapper = ['sh', '-c', 'ulimit -l 0 && exec "$@"', 'sh'];
  t.ok((await record(t, ['-a', '-i', 1], { wrapper })).rows.length > 10);
});

t.test('once it samples, no thread has a capability any more', { skip }, async (t) => {
  const child = startXcapture(t, ['-a', '-F', 20, '--ndjson']);
  await once(child.stdout!, 'data');
  child.stdout!.resume();
  for (const tid of readdirSync(`/proc/${child.pid}/task`)) {
    const status = readFileSync(`/proc/${child.pid}/task/${tid}/status`, 'utf8');
    t.match(status, /^CapPrm:\s+0+$/m);
    t.match(status, /^CapEff:\s+0+$/m);
    t.match(status, /^NoNewPrivs:\s+1$/m);
  }
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'close'), [0, null]);
});
