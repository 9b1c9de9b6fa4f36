/** However xcapture ends, nothing of it stays in the kernel. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { until } from '../support/poll.js';
import { bpfSkipReason } from '../support/rights.js';
import { startXcapture } from '../support/xcapture.js';

const skip = bpfSkipReason();
const KINDS = ['prog', 'map', 'link'] as const;

/** Programs, maps and links that the process has, as `prog 12`. */
function held(pid: number): string[] {
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder).flatMap((fd) => {
    const text = readFileSync(`${folder}/${fd}`, 'utf8');
    return KINDS.flatMap((kind) => {
      const id = new RegExp(`^${kind}_id:\\s*(\\d+)$`, 'm').exec(text)?.[1];
      return id === undefined ? [] : [`${kind} ${id}`];
    });
  });
}

/** All that the kernel has. */
const present = () =>
  new Set(
    KINDS.flatMap((kind) =>
      (JSON.parse(execFileSync('bpftool', ['-j', kind, 'list'], { encoding: 'utf8' })) as { id: number }[]).map(
        ({ id }) => `${kind} ${id}`,
      ),
    ),
  );

for (const signal of ['SIGINT', 'SIGKILL', 'SIGSEGV'] as const) {
  t.test(`${signal} leaves no program, map or link behind`, { skip }, async (t) => {
    const child = startXcapture(t, ['-a', '-T', '-Y', '-F', 50, '--ndjson']);
    child.stdout!.resume();
    await once(child.stdout!, 'data');
    const own = held(child.pid!);
    const before = present();
    t.ok(own.filter((one) => one.startsWith('prog')).length >= 8, own.join(', '));
    t.ok(
      own.every((one) => before.has(one)),
      own.join(', '),
    );
    child.kill(signal);
    await once(child, 'close');
    await until('the end of its programs', () => {
      const after = present();
      return own.every((one) => !after.has(one));
    });
    t.pass('all of them are gone');
  });
}
