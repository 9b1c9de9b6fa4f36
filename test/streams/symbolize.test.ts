/** Names for the frames of new stacks. */
import { Readable, Writable } from 'node:stream';
import t from 'tap';
import { pipeline, type Batch } from '../../lib/index.js';
import type { StackFrame } from '../../lib/schema/frames.js';
import { symbolize, type Symbolizer } from '../../lib/streams/symbolize.js';

async function through(batches: Batch[], symbolizer: Symbolizer): Promise<Batch[]> {
  const out: Batch[] = [];
  const write = (batch: Batch, _encoding: BufferEncoding, done: () => void) => {
    out.push(batch);
    done();
  };
  await pipeline([Readable.from(batches), symbolize(symbolizer), new Writable({ objectMode: true, write })]);
  return out;
}

function newStack(hash: string, pid: number, addr: bigint) {
  const record = { type: 'ustack' as const, hash, frames: [{ addr: addr.toString(16) }] };
  return { record, pid, addrs: new BigUint64Array([addr]) };
}

class Answers implements Symbolizer {
  isClosed = false;
  readonly #answer: () => Promise<StackFrame[][]>;

  constructor(answer: () => Promise<StackFrame[][]>) {
    this.#answer = answer;
  }

  symbolize(): Promise<StackFrame[][]> {
    return this.#answer();
  }

  close(): void {
    this.isClosed = true;
  }
}

t.test('a batch waits for the names of its stacks, and nothing overtakes it', async (t) => {
  const stack = newStack('00000000000000aa', 7, 0x401234n);
  const frames = [{ addr: '401234', name: 'main', offset: 4, module: '/bin/x' }];
  const answers = new Answers(async () => [frames]);
  const row = { type: 'sample', ustack_hash: stack.record.hash } as const;
  const out = await through([{ records: [stack.record, row], stacks: [stack] }, { records: [] }], answers);
  const named = { type: 'ustack', hash: stack.record.hash, frames, syms: 'main+0x4' };
  t.strictSame(out, [{ records: [named, row] }, { records: [] }]);
  t.ok(answers.isClosed);
});

t.test('of what nobody knows the addresses stay', async (t) => {
  const stack = newStack('00000000000000aa', 7, 0x401234n);
  const out = await through(
    [{ records: [stack.record], stacks: [stack] }],
    new Answers(async () => [[{ addr: '401234' }]]),
  );
  t.strictSame(out, [{ records: [{ type: 'ustack', hash: stack.record.hash, frames: [{ addr: '401234' }] }] }]);
});

t.test('an error of the symbolizer, and a missing answer, end the stream', async (t) => {
  const stack = newStack('00000000000000aa', 7, 0x401234n);
  const failing = new Answers(async () => Promise.reject(new Error('closed')));
  await t.rejects(through([{ records: [stack.record], stacks: [stack] }], failing), { message: 'closed' });
  t.ok(failing.isClosed);
  const short = new Answers(async () => []);
  await t.rejects(through([{ records: [stack.record], stacks: [stack] }], short), /answered 0 of 1/);
});
