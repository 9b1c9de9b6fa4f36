/**
 * The byte stream from the sampler (lib/schema/wire.ts) to batches of records. What the entries before a task have
 * told (its sample, its control group, its process) is kept here until the task comes.
 */
import type { RequestFlags } from '../format/request-flags.js';
import { containerIdOf } from '../format/container-id.js';
import { joinPathNames } from '../format/path-names.js';
import { formatUtc } from '../format/time.js';
import type { Batch, SampleCounters, SampleMetrics } from '../batch.js';
import type { SampleSource } from './decode-values.js';
import { KINDS, LOSS_CAUSES, PARTS, UNWINDERS, type KindName } from '../schema/enums.js';
import { COMPLETIONS } from '../schema/records.js';
import type { CgroupRecord, KstackRecord, UstackRecord } from '../schema/types.gen.js';
import type { ExtraInfo } from './extra-info.gen.js';
import { RowCache } from './row-cache.js';
import { decodeSample, repeatSample, type SampleRow, type Wanted } from './sample.gen.js';
import { CompletionDecoder } from './completions.js';
import { DetailDecoder } from './detail-decoder.js';
import { offsetsOf, structOf } from '../schema/wire.js';

/** Entries of all the caches here are small; this many fit a busy machine. */
const MAX_CACHED = 8192;
const HEX_SLOTS = 8192;
const NS_PER_US = 1000;

const kindNumber = (name: KindName) => KINDS.indexOf(name) + 1;
const SAMPLE_BEGIN = kindNumber('sample_begin');
const CGROUP = kindNumber('cgroup');
const PROCESS = kindNumber('process');
const STACK = kindNumber('stack');
const TASK = kindNumber('task');
const WALK_END = kindNumber('walk_end');
const SAMPLE_END = kindNumber('sample_end');
const RUN_END = kindNumber('run_end');
const CLOCK = kindNumber('clock');
const LOST = kindNumber('lost');

const AT = Object.fromEntries(KINDS.map((name) => [name, offsetsOf(name)])) as Record<KindName, Record<string, number>>;
const SIZE = KINDS.map((name) => structOf(name).size);
const TID_WORD = offsetsOf('task')['tid']! / 4;
const OFF_WORD = offsetsOf('task')['off_us']! / 4;
const PAYLOAD_AT = offsetsOf('payload')['bytes']!;
const PAYLOAD_BYTES = structOf('payload').size;
const PART_COUNT = PARTS.length;
/** Words of each part, without its text. */
const PART_WORDS = Int32Array.from(PARTS, ({ struct }) => structOf(struct).size / 4);
/** Where a part says how many bytes of text follow it; -1: none do. */
const TAIL_AT = Int32Array.from(PARTS, (part) => ('tail' in part ? offsetsOf(part.struct)[part.tail]! : -1));

/** What a walk reports besides its rows. */
export interface WalkFailure {
  /** errno that ended the walk early. */
  errno: number;
  /** Start of its sample. */
  timestamp: string;
}

/** Completions that were lost. */
export interface CompletionLoss {
  /** `type` of their records. */
  kind: string;
  count: number;
  cause: string;
}

/** What had not ended when the sampler did, by the type of its record. */
export type Unfinished = Readonly<Record<string, number>>;

export interface DecoderOptions {
  want: Wanted;
  host: string;
  username: (uid: number) => string;
  /** A record for each control group, before the first row that names it. Default: none. */
  tellsCgroups?: boolean | undefined;
  /** A walk ended early: rows of this sample are missing. */
  onWalkFailure: (failure: WalkFailure) => void;
  /** The sampler thread has ended. */
  onRunEnd: (counters: SampleCounters, unfinished: Unfinished) => void;
  onLoss: (loss: CompletionLoss) => void;
  /** Operation and flags of a block request in words. */
  requestFlags: RequestFlags;
  /** Bytes that make no entry. They are left out. */
  onMalformed: (bytes: number) => void;
}

export class Decoder implements SampleSource {
  words: Uint32Array = new Uint32Array();
  bytes: Buffer = Buffer.alloc(0);
  timestamp = '';
  weightUs = 0;
  readonly partAt = new Int32Array(PART_COUNT).fill(-1);
  readonly host: string;
  readonly username: (uid: number) => string;

  readonly #options: DecoderOptions;
  readonly #details = new DetailDecoder();
  readonly #completions: CompletionDecoder;
  readonly #rows = new RowCache();
  #sample = 0;
  /** The start of the sample by both clocks, and the halves of the second. */
  #wallNs = 0n;
  #monoNs = 0n;
  #monoLow = 0;
  #monoHigh = 0;
  #tasks = 0;
  #unreadable = 0;
  #processTgid = -1;
  #exe: string | undefined;
  #cmdline: string | undefined;
  /** Control groups that this sample has told so far. */
  readonly #cgroups = new Map<number, { path: string; containerId: string | undefined }>();
  /** The path last told of each. */
  readonly #toldCgroups = new Map<number, string>();
  readonly #paths = new Map<string, string>();
  readonly #comms = new Map<string, string>();
  readonly #hexLow = new Uint32Array(HEX_SLOTS);
  readonly #hexHigh = new Uint32Array(HEX_SLOTS);
  readonly #hexText: string[] = Array.from({ length: HEX_SLOTS }, () => '0');

  constructor(options: DecoderOptions) {
    this.#options = options;
    this.host = options.host;
    this.username = options.username;
    this.#completions = new CompletionDecoder(options.requestFlags);
  }

  /**
   * One chunk of whole entries. Its memory may be used again afterwards.
   * @param chunk at an address that is a multiple of eight
   */
  decode(chunk: Uint8Array): Batch {
    const batch: Batch = { records: [] };
    const { buffer, byteOffset, byteLength } = chunk;
    this.bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.words = new Uint32Array(buffer, byteOffset, byteLength >>> 2);
    let at = 0;
    while (at < byteLength) {
      const left = byteLength - at;
      const kind = left < 8 ? 0 : this.words[at >>> 2]! & 0xffff;
      const length = left < 8 ? 0 : this.words[(at >>> 2) + 1]!;
      if (length < 8 || length % 8 !== 0 || length > left) {
        this.#options.onMalformed(left);
        break;
      }
      if (!this.#entry(batch, kind, at, length)) this.#options.onMalformed(length);
      at += length;
    }
    return batch;
  }

  /** False when the entry is not what its kind says. */
  #entry(batch: Batch, kind: number, at: number, length: number): boolean {
    const size = SIZE[kind - 1];
    if (size === undefined || length < size) return false;
    switch (kind) {
      case TASK:
        return this.#task(batch, at, length);
      case STACK:
        return this.#stack(batch, at, length);
      case PROCESS:
        return this.#process(at, length);
      case CGROUP:
        return this.#cgroup(batch, at, length);
      case SAMPLE_BEGIN:
        this.#beginSample(at);
        return true;
      case WALK_END:
        this.#tasks = this.#u64(at + AT.walk_end['tasks']!);
        this.#unreadable = this.#u64(at + AT.walk_end['unreadable']!);
        return true;
      case SAMPLE_END:
        this.#endSample(batch, at);
        return true;
      case RUN_END:
        this.#options.onRunEnd(
          this.#counters(AT.run_end, at),
          Object.fromEntries(
            COMPLETIONS.map(({ name, entry }) => [name, this.#u64(at + AT.run_end[entry.open.name]!)]),
          ),
        );
        return true;
      case CLOCK:
        this.#completions.clock(this.bytes, at);
        return true;
      case LOST:
        return this.#loss(at);
      default: {
        const record = this.#completions.decode(KINDS[kind - 1]!, this.bytes, at, length);
        if (record) batch.records.push(record);
        return record !== undefined;
      }
    }
  }

  #loss(at: number): boolean {
    const kind = KINDS[this.words[(at + AT.lost['of_kind']!) >>> 2]! - 1];
    const cause = LOSS_CAUSES[this.words[(at + AT.lost['cause']!) >>> 2]!];
    if (!kind || !cause) return false;
    this.#options.onLoss({
      kind,
      count: this.#u64(at + AT.lost['count']!),
      cause: cause.description,
    });
    return true;
  }

  #task(batch: Batch, at: number, length: number): boolean {
    const parts = this.words[at >>> 2]! >>> 16;
    if (parts >= 1 << PART_COUNT || !this.#findParts(parts, at + SIZE[TASK - 1]!, at + length)) return false;
    batch.records.push(this.#row(at >>> 2, length >>> 2));
    return true;
  }

  #row(at: number, length: number): SampleRow {
    const { words } = this;
    const { want } = this.#options;
    const tid = words[at + TID_WORD]!;
    // When it was read in the course of the sample is no change.
    const off = words[at + OFF_WORD]!;
    words[at + OFF_WORD] = 0;
    const before = this.#rows.get(words, at, length, tid, this.#sample);
    if (before !== undefined) {
      words[at + OFF_WORD] = off;
      return repeatSample(this, want, at, before);
    }
    words[at + OFF_WORD] = off;
    const row = decodeSample(this, want, at);
    words[at + OFF_WORD] = 0;
    this.#rows.set(words, at, length, tid, this.#sample, row);
    return row;
  }

  /** Fills `partAt`. False when the parts do not end where the entry does. */
  #findParts(parts: number, start: number, end: number): boolean {
    const { partAt, bytes } = this;
    let at = start;
    for (let index = 0; index < PART_COUNT; index++) {
      if ((parts & (1 << index)) === 0) {
        partAt[index] = -1;
        continue;
      }
      partAt[index] = at >>> 2;
      const next = at + PART_WORDS[index]! * 4;
      if (next > end) return false;
      const tail = TAIL_AT[index]!;
      at = tail < 0 ? next : next + ((bytes[at + tail]! + bytes[at + tail + 1]! * 256 + 7) & ~7);
      if (at > end) return false;
    }
    return at === end;
  }

  #beginSample(at: number): void {
    const fields = AT.sample_begin;
    this.#wallNs = this.bytes.readBigUInt64LE(at + fields['wall_ns']!);
    this.#monoNs = this.bytes.readBigUInt64LE(at + fields['mono_ns']!);
    this.#monoLow = this.words[(at + fields['mono_ns']!) >>> 2]!;
    this.#monoHigh = this.words[((at + fields['mono_ns']!) >>> 2) + 1]!;
    this.timestamp = formatUtc(this.#wallNs);
    this.weightUs = Math.round(this.#u64(at + fields['weight_ns']!) / NS_PER_US);
    this.#sample++;
    this.#tasks = 0;
    this.#unreadable = 0;
    this.#processTgid = -1;
    this.#cgroups.clear();
  }

  #endSample(batch: Batch, at: number): void {
    const fields = AT.sample_end;
    const us = (name: string) => Math.round(this.#u64(at + fields[name]!) / NS_PER_US);
    const metrics: SampleMetrics = {
      tasks: this.#tasks,
      unreadable: this.#unreadable,
      weight_us: this.weightUs,
      walk_us: us('walk_ns'),
      wait_us: us('wait_ns'),
      late_us: us('late_ns'),
      ...this.#counters(fields, at),
    };
    batch.end = { timestamp: this.timestamp, metrics };
    const errno = this.words[(at + fields['error']!) >>> 2]!;
    if (errno !== 0) this.#options.onWalkFailure({ errno, timestamp: this.timestamp });
  }

  #counters(fields: Record<string, number>, at: number): SampleCounters {
    const field = (name: string) => this.#u64(at + fields[name]!);
    return { taken: field('taken'), late: field('late'), missed: field('missed') };
  }

  #process(at: number, length: number): boolean {
    const fields = AT.process;
    const exeBytes = this.bytes.readUInt16LE(at + fields['exe_bytes']!);
    const cmdlineBytes = this.bytes.readUInt16LE(at + fields['cmdline_bytes']!);
    const exeAt = at + SIZE[PROCESS - 1]!;
    const cmdlineAt = exeAt + Math.ceil(exeBytes / 8) * 8;
    if (cmdlineAt + cmdlineBytes > at + length) return false;
    this.#processTgid = this.bytes.readUInt32LE(at + fields['tgid']!);
    const flags = this.bytes.readUInt16LE(at + fields['exe_flags']!);
    this.#exe = exeBytes > 0 ? this.#path(exeAt, exeBytes, flags) : undefined;
    this.#cmdline = cmdlineBytes > 0 ? this.#arguments(cmdlineAt, cmdlineBytes) : undefined;
    return true;
  }

  #cgroup(batch: Batch, at: number, length: number): boolean {
    const fields = AT.cgroup;
    const pathBytes = this.bytes.readUInt16LE(at + fields['path_bytes']!);
    const pathAt = at + SIZE[CGROUP - 1]!;
    if (pathAt + pathBytes > at + length) return false;
    const flags = this.bytes.readUInt16LE(at + fields['path_flags']!);
    const path = this.#path(pathAt, pathBytes, flags);
    const id = this.#u64(at + fields['cgroup_id']!);
    this.#cgroups.set(id, { path, containerId: containerIdOf(path) });
    if (this.#options.tellsCgroups && this.#toldCgroups.get(id) !== path) {
      if (this.#toldCgroups.size >= MAX_CACHED) this.#toldCgroups.clear();
      this.#toldCgroups.set(id, path);
      batch.records.push({ type: 'cgroup', cgroup_id: id, cgroup: path } satisfies CgroupRecord);
    }
    return true;
  }

  #stack(batch: Batch, at: number, length: number): boolean {
    const fields = AT.stack;
    const start = at + SIZE[STACK - 1]!;
    const count = this.bytes.readUInt16LE(at + fields['count']!);
    const unwinder = UNWINDERS[this.bytes.readUInt16LE(at + fields['unwinder']!)]?.name;
    if (start + count * 8 > at + length) return false;
    const word = (at + fields['hash']!) >>> 2;
    const hash = this.hash(this.words[word]!, this.words[word + 1]!);
    if (hash === undefined) return false;
    const pid = this.words[(at + fields['tgid']!) >>> 2]!;
    const addrs = BigUint64Array.from({ length: count }, (_, frame) => this.bytes.readBigUInt64LE(start + frame * 8));
    const frames = Array.from(addrs, (addr) => ({ addr: addr.toString(16) }));
    const record: KstackRecord | UstackRecord =
      pid === 0 ? { type: 'kstack', hash, frames } : { type: 'ustack', hash, unwinder, frames };
    (batch.stacks ??= []).push({ record, pid, addrs });
    batch.records.push(record);
    return true;
  }

  #path(at: number, length: number, flags: number): string {
    const names = this.bytes.subarray(at, at + length);
    const key = flags + names.toString('latin1');
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = joinPathNames(names, flags);
      if (this.#paths.size >= MAX_CACHED) this.#paths.clear();
      this.#paths.set(key, path);
    }
    return path;
  }

  path(word: number): string | undefined {
    return this.#details.path(this, word);
  }

  file(word: number): string {
    return this.#details.file(this, word);
  }

  connection(word: number): string {
    return this.#details.connection(this, word);
  }

  connState(word: number): string | undefined {
    return this.#details.connState(this, word);
  }

  extraInfo(): ExtraInfo | undefined {
    return this.#details.extraInfo(this);
  }

  #arguments(at: number, length: number): string {
    const text = this.bytes.toString('utf8', at, at + length);
    return text.replace(/\0+$/, '').replaceAll('\0', ' ');
  }

  #u64(at: number): number {
    return this.words[at >>> 2]! + this.words[(at >>> 2) + 1]! * 0x100000000;
  }

  wallTime(low: number, high: number): string {
    return formatUtc(this.#wallNs - this.#monoNs + ((BigInt(high) << 32n) | BigInt(low)));
  }

  nsUntil(offUs: number, low: number, high: number): number {
    const since = (this.#monoHigh - high) * 0x100000000 + (this.#monoLow - low);
    return Math.max(0, since + offUs * NS_PER_US);
  }

  payload(word: number): string {
    const start = word * 4 + PAYLOAD_BYTES;
    return this.bytes.toString('hex', start, start + this.payloadBytes(word));
  }

  payloadBytes(word: number): number {
    return this.bytes.readUInt16LE(word * 4 + PAYLOAD_AT);
  }

  exe(tgid: number): string | undefined {
    return tgid === this.#processTgid ? this.#exe : undefined;
  }

  cmdline(tgid: number): string | undefined {
    return tgid === this.#processTgid ? this.#cmdline : undefined;
  }

  containerId(low: number, high: number): string | undefined {
    return this.#cgroups.get(low + high * 0x100000000)?.containerId;
  }

  cgroup(low: number, high: number): string | undefined {
    return this.#cgroups.get(low + high * 0x100000000)?.path;
  }

  comm(word: number): string {
    const key = this.bytes.toString('latin1', word * 4, word * 4 + 16);
    let comm = this.#comms.get(key);
    if (comm === undefined) {
      const end = key.indexOf('\0');
      comm = this.bytes.toString('utf8', word * 4, word * 4 + (end < 0 ? 16 : end));
      if (this.#comms.size >= MAX_CACHED) this.#comms.clear();
      this.#comms.set(key, comm);
    }
    return comm;
  }

  hash(low: number, high: number): string | undefined {
    if (low === 0 && high === 0) return undefined;
    const text = this.hex(low, high);
    return text.length === 16 ? text : text.padStart(16, '0');
  }

  /** Arguments of a waiting thread are the same in each sample, and turning a number into hex text is slow. */
  hex(low: number, high: number): string {
    const slot = (low ^ (low >>> 13) ^ Math.imul(high, 31)) & (HEX_SLOTS - 1);
    if (this.#hexLow[slot] === low && this.#hexHigh[slot] === high) return this.#hexText[slot]!;
    const text = high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
    this.#hexLow[slot] = low;
    this.#hexHigh[slot] = high;
    this.#hexText[slot] = text;
    return text;
  }
}
