/** Names that try to break a row, a line or a terminal. */
import t, { type Test } from 'tap';
import { cmdlineOf, processes } from '../support/proc.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload } from '../support/workload.js';
import { record, runXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');
/** Each character is a byte: newline, quotes, comma, ESC [ 2 J, the byte 0x9b, DEL, half a character. */
const COMM = 'a\n"\',\x1b[2J\x9b\x7f\xc3';
/** Here 0x9b comes as UTF-8, too, and a name may be longer. */
const FILE = `x\r\n"quoted", 'too', \x1b]0;title\x07 \xc2\x9b31m \x7f \t back\\slash \xff\xfe $(reboot) {"type":"summary"}`;
const ARGUMENTS = ['argv\n0', '', '--option="a,b"', '\x1b[31mred\x1b[0m', 'in\xe2\x82valid', 'last'];
const SHOWN = {
  comm: 'a\n"\',\x1b[2J\ufffd\x7f\ufffd',
  file: `x\r\n"quoted", 'too', \x1b]0;title\x07 \u009b31m \x7f \t back\\slash \ufffd\ufffd $(reboot) {"type":"summary"}`,
  cmdline: 'argv\n0  --option="a,b" \x1b[31mred\x1b[0m in\ufffdvalid last',
};
/** As characters: C0 but for the newline, DEL, C1. */
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

async function startNamed(t: Test) {
  const folder = t.testdir({});
  const { pid } = await startWorkload(t, 'named', [COMM, FILE, ...ARGUMENTS].map(hex), { cwd: folder });
  return { pid, exe: `${folder}/${SHOWN.file}` };
}

t.test('NDJSON gives hostile names exactly, a line a record, and without control characters', { skip }, async (t) => {
  const { pid, exe } = await startNamed(t);
  const { stdout, rows, records } = await record(t, ['-a', '-p', pid, '-i', 2, '-F', 20, '-G', 'cmdline']);
  t.equal(records.length, 4, 'header, two rows, summary');
  for (const row of rows) t.match(row, { tid: pid, comm: SHOWN.comm, exe, cmdline: SHOWN.cmdline });
  t.notMatch(stdout.toString(), CONTROLS);
  t.ok(Buffer.from(stdout.toString()).equals(stdout), 'what is written is valid UTF-8');
});

t.test('the table shows them escaped, in one line a row', { skip }, async (t) => {
  const { pid } = await startNamed(t);
  const args = ['-a', '-p', pid, '-i', 1, '-g', 'tid,comm,exe,cmdline,state'];
  const { status, stdout } = await runXcapture(t, args);
  const lines = stdout.toString().trimEnd().split('\n');
  t.equal(status, 0);
  t.equal(lines.length, 3, 'header, row, summary of the sample');
  t.notMatch(stdout.toString(), CONTROLS);
  t.match(lines[1], 'a\\n"\',\\x1b[2J\ufffd\\x7f\ufffd');
  t.match(lines[1], '--option="a,b" \\x1b[31mred\\x1b[0m in\ufffdvalid last');
  t.match(lines[1], `x\\r\\n"quoted", 'too', \\x1b]0;title\\x07 \\x9b31m \\x7f \\t back\\slash`);
});

t.test('a recorded hostile name comes out of --replay as it went in', { skip }, async (t) => {
  const { pid } = await startNamed(t);
  const { stdout, rows } = await record(t, ['-a', '-p', pid, '-i', 1, '-G', 'cmdline']);
  const replayed = await record(t, ['-a', '--replay', '-'], { input: stdout });
  t.strictSame(replayed.rows, rows);
});

t.test('cmdline is what /proc/PID/cmdline shows, with blanks between the arguments', { skip }, async (t) => {
  const long = 'x'.repeat(5000);
  const { pid } = await startWorkload(t, 'sleeper', ['cpu', 0], { argv0: long });
  const before = new Map(processes().map((one) => [one, cmdlineOf(one)]));
  const { rows } = await record(t, ['-a', '-i', 1, '-g', 'tid,tgid,cmdline,exe']);
  const own = rows.filter(({ tid, tgid, exe }) => tid === tgid && exe !== '[kernel]');
  const compared = own.filter(({ tid }) => before.get(tid!) && before.get(tid!) === cmdlineOf(tid!));
  t.ok(compared.length > 2, `${compared.length} processes compared`);
  for (const { tid, cmdline } of compared) {
    t.equal(cmdline, before.get(tid!)!.slice(0, 4096).replace(/\0+$/, '').replaceAll('\0', ' '));
  }
  t.equal(rows.find(({ tid }) => tid === pid)?.cmdline, long.slice(0, 4096));
  t.ok(rows.every(({ exe, cmdline }) => exe !== '[kernel]' || cmdline === undefined));
});
