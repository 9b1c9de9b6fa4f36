/** Stacks of threads whose calls are known: they tell the addresses that they return to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { KstackRecord, SampleRecord, UstackRecord } from '../../lib/index.js';
import { bpfSkipReason } from '../support/rights.js';
import { startWorkload, type Workload } from '../support/workload.js';
import { record, type Run } from '../support/xcapture.js';

const skip = bpfSkipReason();
const MAX_FRAMES = 127;

type Stack = KstackRecord | UstackRecord;

const isStack = (one: { type: string }): one is Stack => one.type === 'kstack' || one.type === 'ustack';
const stacksOf = ({ records }: Run, type: Stack['type']): Stack[] =>
  records.filter((one): one is Stack => one.type === type);
const addressesOf = ({ frames }: Stack) => frames.map(({ addr }) => addr);

const told = ({ ready }: Workload): string[] =>
  Array.from({ length: ready['frames']! }, (_, frame) => ready[`frame${frame}`]!.toString(16));

const sample = (t: Test, pid: number, ...args: (string | number)[]) =>
  record(t, ['-a', '-k', '-u', '-N', '-F', 20, '-i', 4, '-p', pid, ...args]);

/** Names of the kernel's functions by address, as /proc/kallsyms has them. */
function kernelSymbols(): (address: bigint) => string {
  const symbols = readFileSync('/proc/kallsyms', 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter(([, type]) => type !== undefined && /t/i.test(type))
    .map(([address, , name]) => ({ address: BigInt(`0x${address}`), name }))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  return (address) => {
    const found = symbols.findLast((symbol) => symbol.address <= address)!;
    return `${found.name}+0x${(address - found.address).toString(16)}`;
  };
}

t.test('the stack in user mode is the chain of calls, leaf first', { skip }, async (t) => {
  const workload = await startWorkload(t, 'stacks', ['chain']);
  const recording = await sample(t, workload.pid);
  const [stack, ...others] = stacksOf(recording, 'ustack');
  t.strictSame(others, [], 'told once');
  t.strictSame(addressesOf(stack!).slice(0, 4), told(workload));
  t.strictSame(
    recording.rows.map(({ ustack_hash: hash }) => hash),
    Array.from({ length: 4 }, () => stack!.hash),
  );
});

t.test('the stack in the kernel is what /proc shows', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'stacks', ['chain']);
  const recording = await sample(t, pid);
  const [stack, ...others] = stacksOf(recording, 'kstack');
  t.strictSame(others, [], 'told once');
  const name = kernelSymbols();
  const shown = readFileSync(`/proc/${pid}/stack`, 'utf8').trim().split('\n');
  t.strictSame(
    addressesOf(stack!).map((address) => name(BigInt(`0x${address}`))),
    shown.map((line) => line.replace(/^\[<0>\] /, '').replace(/\/.*$/, '')),
  );
  t.strictSame(
    recording.rows.map(({ kstack_hash: hash }) => hash),
    Array.from({ length: 4 }, () => stack!.hash),
  );
});

t.test('a deep stack ends after 127 frames', { skip }, async (t) => {
  const workload = await startWorkload(t, 'stacks', ['deep']);
  const [stack] = stacksOf(await sample(t, workload.pid), 'ustack');
  const addresses = addressesOf(stack!);
  t.equal(addresses.length, MAX_FRAMES);
  t.strictSame(addresses.slice(0, 2), told(workload));
  t.equal(new Set(addresses.slice(2)).size, 1, 'the same call in all the others');
});

t.test('a thread that runs has the same stack where it is in the same place', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'stacks', ['busy']);
  const recording = await record(t, ['-a', '-k', '-u', '-N', '-F', 100, '-i', 50, '-p', pid]);
  const hashes = new Set(recording.rows.map(({ ustack_hash: hash }) => hash));
  const stacks = stacksOf(recording, 'ustack');
  t.equal(new Set(stacks.map(({ hash }) => hash)).size, stacks.length, 'each is told once');
  t.ok(
    hashes.size >= 2 && hashes.size < 20,
    `${hashes.size} stacks in ${recording.rows.length} rows: it is in two places`,
  );
});

t.test('twenty programs with the same addresses share no stack; two processes of one do', { skip }, async (t) => {
  const directory = t.testdir();
  const start = (wrapper: readonly string[], ...args: string[]) => startWorkload(t, 'stacks-static', args, { wrapper });
  const programs: Workload[] = [];
  for (let copy = 0; copy < 20; copy++) programs.push(await start([], 'copy', join(directory, `program${copy}`)));
  const twins = [await start([], 'chain'), await start([], 'chain')];
  const pids = [...programs, ...twins].map(({ pid }) => pid);
  const recording = await record(t, ['-a', '-u', '-N', '-i', 2, '-p', pids.join(',')]);
  t.equal(new Set([...programs, ...twins].map((one) => told(one).join(';'))).size, 1, 'the same addresses');
  const hashOf = (pid: number) => recording.rows.find(({ tgid }) => tgid === pid)!.ustack_hash;
  t.equal(new Set(programs.map(({ pid }) => hashOf(pid))).size, 20);
  t.equal(hashOf(twins[0]!.pid), hashOf(twins[1]!.pid));
  t.equal(stacksOf(recording, 'ustack').length, 21);
});

t.test(
  'with more stacks than are kept in mind, each is told before the first row that names it',
  { skip },
  async (t) => {
    const threads = 12_000;
    const { pid } = await startWorkload(t, 'stacks', ['paths', String(threads)]);
    const recording = await record(t, ['-a', '-k', '-u', '-N', '-F', 4, '-i', 4, '-p', pid]);
    const known = new Map<string, string>();
    let unknown = 0;
    const shown = new Map<string, SampleRecord[]>();
    for (const one of recording.records) {
      if (isStack(one)) known.set(one.hash, addressesOf(one).join(';'));
      if (one.type !== 'sample') continue;
      const { kstack_hash: kernel, ustack_hash: user } = one as SampleRecord;
      if (!known.has(kernel!) || !known.has(user!)) unknown++;
      shown.set(user!, [...(shown.get(user!) ?? []), one as SampleRecord]);
    }
    t.equal(unknown, 0);
    t.equal(recording.rows.length, 4 * (threads + 1));
    t.equal(shown.size, threads + 1, 'each thread has a stack of its own');
    t.equal(new Set(known.values()).size, known.size, 'and each stack frames of its own');
    t.ok([...shown.values()].every((rows) => rows.length === 4));
  },
);

t.test('without -k and -u there is none', { skip }, async (t) => {
  const { pid } = await startWorkload(t, 'stacks', ['chain']);
  const { records, rows } = await record(t, ['-a', '-i', 1, '-p', pid]);
  t.strictSame(records.filter(isStack), []);
  t.strictSame(
    rows.map(({ kstack_hash: kernel, ustack_hash: user }) => [kernel, user]),
    [[undefined, undefined]],
  );
});
