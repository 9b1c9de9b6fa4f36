/** Entries of completions to records. */
import type { RequestFlags } from '../format/request-flags.js';
import { formatUtc } from '../format/time.js';
import { errnoName } from '../lookup/errnos.js';
import { blockErrnoName } from '../lookup/block-errors.js';
import { syscallName } from './decode-values.js';
import { CALL_FLAGS } from '../schema/enums.js';
import type { CompletionName } from '../schema/records.js';
import type { IorqendRecord, KnownRecord, SyscendRecord } from '../schema/types.gen.js';
import { offsetsOf, structOf } from '../schema/wire.js';

/** System calls that return an address. Source: man 2 of each. */
export const POINTER_CALLS: ReadonlySet<string> = new Set(['mmap', 'mmap2', 'mremap', 'brk', 'shmat']);

/** System calls that sleep at once, and once, until what they wait for is there. Source: man 2 of each. */
const WAITING_CALLS: ReadonlySet<string> = new Set(
  (
    'nanosleep clock_nanosleep poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 futex futex_wait ' +
    'futex_waitv pause rt_sigsuspend rt_sigtimedwait wait4 waitid read recvfrom recvmsg recvmmsg accept accept4 ' +
    'msgrcv semop semtimedop mq_timedreceive io_getevents io_pgetevents flock'
  ).split(' '),
);

const MAX_ERRNO = 4095n;
const CALL = offsetsOf('syscend');
const CALL_BYTES = structOf('syscend').size;
const IORQ = offsetsOf('iorqend');
const CLOCK = offsetsOf('clock');
const DEV_NAME_BYTES = 32;
const ALL_ONES = 0xffffffffffffffffn;

const flag = (name: (typeof CALL_FLAGS)[number]['name']) => 1 << CALL_FLAGS.findIndex((one) => one.name === name);
const PARTIAL = flag('partial');
const NO_RETURN = flag('no_return');
const LIGHT = flag('light');
const SLEPT = flag('slept');

/** The pieces of a record about what a call returned. */
function returned(name: string, value: bigint): Pick<SyscendRecord, 'sysc_ret_val' | 'sysc_ret_hex' | 'errno'> {
  const isError = value < 0n && value >= -MAX_ERRNO;
  if (isError) return { sysc_ret_val: Number(value), errno: errnoName(Number(-value)) };
  const isNumber = !POINTER_CALLS.has(name.replace(/^.*:/, '')) && Number.isSafeInteger(Number(value));
  return isNumber ? { sysc_ret_val: Number(value) } : { sysc_ret_hex: BigInt.asUintN(64, value).toString(16) };
}

/**
 * How good the times of a call are that nobody saw begin: a thread that slept in a call that does nothing else went to
 * sleep as soon as it began.
 * @param longest how long it can have lasted. Unit: ns
 */
function clockOf(name: string, slept: boolean, longest: number): Pick<SyscendRecord, 'clock' | 'duration_max_ns'> {
  return slept && WAITING_CALLS.has(name.replace(/^.*:/, ''))
    ? { clock: 'exact' }
    : { clock: 'bound', duration_max_ns: longest };
}

type CompletionRecord = Extract<KnownRecord, { type: CompletionName }>;
type Decode = (bytes: Buffer, at: number, length: number) => CompletionRecord | undefined;

/** Turns completions into records, by the clock that was told last. */
export class CompletionDecoder {
  readonly #flagNames: RequestFlags;
  /** From CLOCK_MONOTONIC to CLOCK_REALTIME. Unit: ns. */
  #offset = 0n;

  readonly #decoders = new Map<string, Decode>(
    Object.entries({
      syscend: (bytes, at, length) => this.#syscall(bytes, at, length),
      iorqend: (bytes, at) => this.#request(bytes, at),
    } satisfies Record<CompletionName, Decode>),
  );

  /** @param flagNames operation and flags of a request in words */
  constructor(flagNames: RequestFlags) {
    this.#flagNames = flagNames;
  }

  /**
   * The record of that entry; `undefined` where the entry makes none, or is of another kind.
   * @param length of the entry
   */
  decode(kind: string, bytes: Buffer, at: number, length: number): CompletionRecord | undefined {
    return this.#decoders.get(kind)?.(bytes, at, length);
  }

  clock(bytes: Buffer, at: number): void {
    this.#offset = bytes.readBigUInt64LE(at + CLOCK['wall_ns']!) - bytes.readBigUInt64LE(at + CLOCK['mono_ns']!);
  }

  /** @param length of the entry; a payload that does not fit into it makes no record */
  #syscall(bytes: Buffer, at: number, length: number): SyscendRecord | undefined {
    const u64 = (name: string) => bytes.readBigUInt64LE(at + CALL[name]!);
    const u32 = (name: string) => bytes.readUInt32LE(at + CALL[name]!);
    const payloadBytes = bytes.readUInt16LE(at + CALL['payload_bytes']!);
    if (CALL_BYTES + payloadBytes > length) return undefined;
    const flags = bytes.readUInt16LE(at + CALL['flags']!);
    const name = syscallName(bytes.readInt32LE(at + CALL['nr']!), bytes.readUInt16LE(at + CALL['abi']!));
    const seq = Number(u64('seq'));
    const enter = u64('enter_ns');
    const exit = u64('exit_ns');
    const payload = at + CALL_BYTES;
    return {
      type: 'syscend',
      timestamp: this.#time(exit),
      tid: u32('tid'),
      tgid: u32('tgid'),
      syscall_name: name,
      duration_ns: Number(exit - enter),
      ...(!(flags & NO_RETURN) && returned(name, BigInt.asIntN(64, u64('ret')))),
      sysc_seq_num: seq,
      sysc_enter_time: this.#time(enter),
      ...(payloadBytes > 0 && {
        trace_payload: bytes.toString('hex', payload, payload + payloadBytes),
        trace_payload_len: payloadBytes,
        trace_payload_sys: name,
        trace_payload_seq: seq,
      }),
      ...(flags & PARTIAL && { partial: true }),
      ...(flags & LIGHT && clockOf(name, (flags & SLEPT) !== 0, Number(exit - u64('earliest_ns')))),
    };
  }

  #request(bytes: Buffer, at: number): IorqendRecord {
    const u64 = (name: string) => bytes.readBigUInt64LE(at + IORQ[name]!);
    const u32 = (name: string) => bytes.readUInt32LE(at + IORQ[name]!);
    const insert = u64('insert_ns');
    const complete = u64('complete_ns');
    // One that never went to the device (a flush of a device without a cache) has waited all the time.
    const wasIssued = u64('issue_ns') !== 0n;
    const issue = wasIssued ? u64('issue_ns') : complete;
    const sector = u64('sector');
    const amount = Number(u64('bytes'));
    const status = u32('status');
    const nameAt = at + IORQ['dev_name']!;
    const devName = bytes.toString('utf8', nameAt, nameAt + DEV_NAME_BYTES).replace(/\0.*$/s, '');
    return {
      type: 'iorqend',
      timestamp: this.#time(complete),
      insert_tid: u32('insert_tid'),
      insert_tgid: u32('insert_tgid'),
      ...(wasIssued && { issue_tid: u32('issue_tid'), issue_tgid: u32('issue_tgid') }),
      complete_tid: u32('complete_tid'),
      complete_tgid: u32('complete_tgid'),
      dev: `${u32('major')}:${u32('minor')}`,
      ...(devName && { dev_name: devName }),
      // A flush is for the whole device.
      ...(sector !== ALL_ONES && amount > 0 && { sector: Number(sector) }),
      bytes: amount,
      iorq_flags: this.#flagNames(u32('cmd_flags'), amount),
      iorq_seq_num: Number(u64('seq')),
      duration_ns: Number(complete - insert),
      queued_ns: Number(issue - insert),
      service_ns: Number(complete - issue),
      ...(wasIssued && { issue_timestamp: this.#time(issue) }),
      ...(status !== 0 && { error: blockErrnoName(status) }),
    };
  }

  #time(monoNs: bigint): string {
    return formatUtc(monoNs + this.#offset);
  }
}
