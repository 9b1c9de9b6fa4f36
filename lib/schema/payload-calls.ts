/** System calls whose payload `-Y` shows, and what carries it there. Generates bpf/payloads.gen.h. */
import type { CarrierName } from './enums.js';

export interface PayloadCall {
  readonly carrier: CarrierName;
  /** The payload is there before the call; otherwise it comes with its end. */
  readonly isWrite: boolean;
}

const words = (text: string) => text.trim().split(/\s+/);

/** By carrier: what reads, then what writes. The carrier is the second argument, its length or count the third. */
const CALLS: Readonly<Record<Exclude<CarrierName, 'none'>, readonly [reads: string, writes: string]>> = {
  buffer: ['read pread64 recv recvfrom', 'write pwrite64 send sendto'],
  vectors: ['readv preadv preadv2', 'writev pwritev pwritev2'],
  message: ['recvmsg', 'sendmsg'],
  messages: ['recvmmsg recvmmsg_time64', 'sendmmsg'],
};

const BY_NAME = new Map<string, PayloadCall>();
for (const [carrier, [reads, writes]] of Object.entries(CALLS) as [CarrierName, readonly [string, string]][]) {
  for (const name of words(reads)) BY_NAME.set(name, { carrier, isWrite: false });
  for (const name of words(writes)) BY_NAME.set(name, { carrier, isWrite: true });
}

/** What carries the payload of the call of that name; `undefined` when it has none. */
export const payloadOf = (name: string): PayloadCall | undefined => BY_NAME.get(name);
