/** Stacks in user mode by unwind tables, and what they are called. */
import t, { type Test } from 'tap';
import type { UstackRecord } from '../../lib/index.js';
import { blazesymVersion } from '../../lib/native.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload, type Workload } from '../support/workload.js';
import { record } from '../support/xcapture.js';

const skip = bpfSkipReason() || (!process.env['CI'] && blazesymVersion() === undefined && 'built without blazesym');
const ABOVE_MAIN = ['__libc_start_call_main', '__libc_start_main_impl', '_start'];

async function stackOf(t: Test, workload: Workload): Promise<UstackRecord> {
  const { records, rows } = await record(t, ['-a', '-u', '-F', 20, '-i', 3, '-p', workload.pid]);
  const stacks = records.filter((one): one is UstackRecord => one.type === 'ustack');
  t.equal(stacks.length, 1, 'told once');
  t.ok(rows.every(({ ustack_hash: hash }) => hash === stacks[0]!.hash));
  return stacks[0]!;
}

const start = (t: Test, mode: string) => startWorkload(t, 'stacks', [mode]);
const namesOf = ({ frames }: UstackRecord) => frames.map(({ name, inlined }) => (inlined ? `(${name})` : name));
const told = ({ ready }: Workload): string[] =>
  Array.from({ length: ready['frames']! }, (_, frame) => ready[`frame${frame}`]!.toString(16));

for (const [mode, names] of [
  ['chain', ['leaf', 'middle', 'outer', 'main']],
  ['plain', ['leaf', 'plain_middle', 'plain_outer', 'main']],
] as const) {
  t.test(`${mode}: every function up to the program's start`, { skip }, async (t) => {
    const workload = await start(t, mode);
    const stack = await stackOf(t, workload);
    t.strictSame(namesOf(stack), [...names, ...ABOVE_MAIN]);
    t.strictSame(stack.frames.map(({ addr }) => addr).slice(0, 4), told(workload));
    t.equal(stack.unwinder, 'eh_frame');
    t.equal(stack.syms, stack.frames.map(({ name, offset }) => `${name}+0x${offset!.toString(16)}`).join(';'));
    t.ok(
      stack.frames.every(({ offset }) => offset! < 4096),
      'near the start of each',
    );
    t.match(stack.frames[1], {
      file: /test\/workloads\/stacks\.c$/,
      line: Number,
      module: /\/stacks$/,
      build_id: /^[0-9a-f]{40}$/,
    });
  });
}

t.test('recursion is followed down to 127 frames', { skip }, async (t) => {
  const names = namesOf(await stackOf(t, await start(t, 'plain-deep')));
  t.strictSame(names, ['leaf', ...Array.from({ length: 126 }, () => 'plain_deep')]);
});

t.test('functions that are part of another one are told', { skip }, async (t) => {
  const names = namesOf(await stackOf(t, await start(t, 'inlined')));
  t.strictSame(names, ['leaf', '(inlined_inner)', '(inlined_outer)', 'around_inlined', 'main', ...ABOVE_MAIN]);
});

t.test('the handler of a signal stands on what the signal has interrupted', { skip }, async (t) => {
  const stack = await stackOf(t, await start(t, 'signal'));
  const names = namesOf(stack);
  t.strictSame(names.slice(0, 4), ['leaf', 'middle', 'outer', 'handler']);
  t.match(names[4], /restore_rt|sigreturn/);
  t.equal(names[5], 'syscall');
  t.strictSame(names.slice(6), ['interrupted', 'main', ...ABOVE_MAIN]);
});

t.test("a handler that returns to the program's own code stands on the very first instruction", { skip }, async (t) => {
  const stack = await stackOf(t, await start(t, 'own-return'));
  t.strictSame(namesOf(stack).slice(4, 8), ['own_handler', 'own_return', 'faulting', 'faults']);
  t.equal(stack.frames[6]?.offset, 0);
});

t.test("-N unwinds other users' processes, too, and leaves the addresses", { skip }, async (t) => {
  const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const workload = await startWorkload(t, 'stacks', ['plain'], { wrapper });
  const { records } = await record(t, ['-a', '-u', '-N', '-i', 1, '-p', workload.pid]);
  const stack = records.find((one): one is UstackRecord => one.type === 'ustack')!;
  t.strictSame(
    stack.frames.slice(0, 4),
    told(workload).map((addr) => ({ addr })),
  );
  t.equal(stack.frames.length, 7);
  t.equal(stack.unwinder, 'eh_frame');
  t.equal(stack.syms, undefined);
  t.match(
    (await stackOf(t, workload)).syms,
    /^leaf\+.*;plain_middle\+.*;plain_outer\+.*;main\+/,
    'without -N they have names',
  );
});
