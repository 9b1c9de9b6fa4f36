/** System calls whose payload `-Y` shows, and how it lies in memory. Generates bpf/payloads.gen.h. */
import type { PayloadLayoutName } from './enums.js';

export interface PayloadCall {
  readonly layout: PayloadLayoutName;
  /** The payload is there before the call; otherwise it comes with its end. */
  readonly isWrite: boolean;
}

const words = (text: string) => text.trim().split(/\s+/);

/** By layout: what reads, then what writes. The second argument points to it, the third is its length or count. */
const CALLS: Readonly<Record<Exclude<PayloadLayoutName, 'none'>, readonly [reads: string, writes: string]>> = {
  buffer: ['read pread64 recv recvfrom', 'write pwrite64 send sendto'],
  vectors: ['readv preadv preadv2', 'writev pwritev pwritev2'],
  message: ['recvmsg', 'sendmsg'],
  messages: ['recvmmsg recvmmsg_time64', 'sendmmsg'],
};

const BY_NAME = new Map<string, PayloadCall>();
for (const [layout, [reads, writes]] of Object.entries(CALLS) as [PayloadLayoutName, readonly [string, string]][]) {
  for (const name of words(reads)) BY_NAME.set(name, { layout, isWrite: false });
  for (const name of words(writes)) BY_NAME.set(name, { layout, isWrite: true });
}

/** The payload of the call of that name; `undefined` when it has none. */
export const payloadOf = (name: string): PayloadCall | undefined => BY_NAME.get(name);
