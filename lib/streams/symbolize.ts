/** Gives the frames of stacks their names. */
import { Transform } from 'node:stream';
import { callbackify } from 'node:util';
import { symbolsOf, type StackFrame } from '../schema/frames.js';
import type { Batch, NewStack } from '../batch.js';

/** What looks addresses up, somewhere else than on this thread. */
export interface Symbolizer {
  /**
   * A list of frames for each stack, in their order; pid 0: of the kernel. Does not reject for what it does not find.
   */
  symbolize(stacks: readonly Pick<NewStack, 'pid' | 'addrs'>[]): Promise<readonly StackFrame[][]>;
  close(): void;
}

async function name(stacks: readonly NewStack[], symbolizer: Symbolizer): Promise<void> {
  const named = await symbolizer.symbolize(stacks);
  for (const [index, { record }] of stacks.entries()) {
    const frames = named[index];
    if (!frames) throw new RangeError(`the symbolizer has answered ${named.length} of ${stacks.length} stacks`);
    const syms = symbolsOf(frames);
    record.frames = frames;
    if (syms !== undefined) record.syms = syms;
  }
}

/**
 * A Transform of `Batch`. A batch with new stacks waits until these have names, so that a stack comes before the rows
 * that name it; the sampler goes on meanwhile. Closes the symbolizer at the end.
 */
export function symbolize(symbolizer: Symbolizer): Transform {
  return new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform({ stacks, ...batch }: Batch, _encoding, done) {
      if (stacks === undefined) {
        done(null, batch);
        return;
      }
      callbackify(() => name(stacks, symbolizer))((error) => done(error, batch));
    },
    destroy(error, done) {
      symbolizer.close();
      done(error);
    },
  });
}
