/** The source of live records: this machine's tasks, sampled by BPF. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { Readable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { formatNow } from '../format/time.js';
import { hierarchyInUse } from '../lookup/cgroup-hierarchy.js';
import { Processes } from '../lookup/processes.js';
import { userNames } from '../lookup/users.js';
import { requestFlags } from '../format/request-flags.js';
import {
  blazesymVersion,
  blockNames,
  chunkBytes,
  lookUpUsername,
  type NativeSampler,
  openNativeSampler,
} from '../native.js';
import { DAEMON_PORTS } from '../rules/idle.js';
import type { ColumnName } from '../schema/columns.js';
import { Decoder, type Unfinished } from '../decode/decoder.js';
import { HIERARCHIES } from '../schema/enums.js';
import { DEFAULT_KEYS } from '../schema/layouts.js';
import { SCHEMA_VERSION, type StackType, type Tracked } from '../schema/records.js';
import { COLUMN_BY_NAME, COLUMNS } from '../schema/columns.js';
import type { Wanted } from '../decode/sample.gen.js';
import type { HeaderRecord, LossRecord, SummaryRecord } from '../schema/types.gen.js';
import { version } from '../version.js';
import type { Batch, SampleCounters } from '../batch.js';

export interface SamplerOptions {
  /** Samples a second, above 0 and up to 1000. Default: 1. */
  freq?: number | undefined;
  /** Stop after so many samples. Default: never. */
  iterations?: number | undefined;
  /** Stop after so long. Unit: ms. Default: never. */
  durationMs?: number | undefined;
  /** Rows for idle tasks, too. Default: false. */
  all?: boolean | undefined;
  /** The idle rules take a socket whose local port is not above this one for a daemon's. Default: 10000. */
  daemonPorts?: number | undefined;
  /** Only these processes, with all their threads. The stream ends with the last of them. Default: all. */
  pids?: readonly number[] | undefined;
  /** Columns to fill; the others stay `undefined` and cost nothing. Default: all that cost nothing extra. */
  columns?: readonly ColumnName[] | undefined;
  /** A `cgroup` record with the path of each control group, before the first row that names it. Default: false. */
  cgroups?: boolean | undefined;
  /** What to time to its end: system calls, block requests, each only when a sample has caught it. Default: nothing. */
  track?: readonly Tracked[] | undefined;
  /**
   * Times system calls without a tracepoint, so that threads that are not sampled pay nothing (Linux 6.18 or newer,
   * x86_64); asks for `track` of `syscall`. Default: false.
   */
  trackLight?: boolean | undefined;
  /** Stacks: a record for each, before the first row that names it by its hash. Default: none. */
  stacks?: readonly StackType[] | undefined;
  /** The first 512 bytes of what sampled system calls read or write; asks for `track` of `syscall`. Default: false. */
  payload?: boolean | undefined;
  /** What libbpf and the verifier say goes to stderr. Default: false. */
  verbose?: boolean | undefined;
  /** What the header record says of the options in force. Default: these options. */
  headerOptions?: Record<string, unknown> | undefined;
  /** Is told of processes in `pids` that are not there at the start, and when all have ended. */
  onWarning?: ((text: string) => void) | undefined;
}

const NS_PER_SECOND = 1e9;
const NS_PER_MS = 1e6;

/** A Readable of `Batch`: a header, samples until it is stopped, a summary. */
export class Sampler extends Readable {
  readonly #options: Omit<SamplerOptions, 'onWarning'>;
  readonly #warn: (text: string) => void;
  readonly #decoder: Decoder;
  readonly #startTime = formatNow();
  readonly #losses: LossRecord[] = [];
  readonly #hierarchy = hierarchyInUse();
  #native: NativeSampler | undefined;
  /** Those asked for, until all have ended. */
  #processes: Processes | undefined;
  #buffer = new Uint8Array();
  #isWaiting = false;
  #isStopped = false;
  #counters: SampleCounters = { taken: 0, late: 0, missed: 0 };
  #unfinished: Unfinished = {};
  /** Until then all completions that were lost had been told. */
  #lossesToldAt = this.#startTime;
  #lost = 0;
  #unreadable = 0;

  constructor({ onWarning = () => {}, ...options }: SamplerOptions) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#options = options;
    this.#warn = onWarning;
    const columns = new Set<string>(options.columns ?? DEFAULT_KEYS);
    this.#decoder = new Decoder({
      want: Object.fromEntries(COLUMNS.map(({ name }) => [name, columns.has(name)])) as Wanted,
      host: os.hostname(),
      username: userNames(lookUpUsername),
      tellsCgroups: options.cgroups,
      onWalkFailure: ({ errno, timestamp }) => {
        this.#lose('sample', 1, `the walk ended early: ${getSystemErrorName(-errno)}`, timestamp);
      },
      onRunEnd: (counters, unfinished) => {
        this.#counters = counters;
        this.#unfinished = unfinished;
      },
      onLoss: ({ kind, count, cause }) => this.#lose(kind, count, cause, this.#lossesToldAt),
      requestFlags: options.track?.includes('iorq') ? requestFlags(blockNames()) : String,
      onMalformed: (bytes) => {
        this.#lose('sample', 1, `${bytes} bytes from the kernel make no record`, this.#decoder.timestamp);
      },
    });
  }

  /** Records lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes no further sample. What has been sampled still comes, then the summary. Any number of times. */
  stop(): void {
    this.#isStopped = true;
    this.#native?.stop();
  }

  override _construct(done: (error?: Error | null) => void): void {
    const {
      freq = 1,
      iterations = 0,
      durationMs = 0,
      all = false,
      pids = [],
      columns = DEFAULT_KEYS,
      cgroups,
      track = [],
      payload = false,
      stacks = [],
    } = this.#options;
    try {
      if (pids.length > 0) this.#processes = new Processes(pids, this.#warn);
      this.#buffer = new Uint8Array(chunkBytes());
      this.#native = openNativeSampler({
        periodNs: NS_PER_SECOND / freq,
        iterations,
        durationNs: durationMs * NS_PER_MS,
        flags: {
          all,
          daemon_ports: this.#options.daemonPorts ?? DAEMON_PORTS,
          hierarchy: HIERARCHIES.findIndex(({ name }) => name === this.#hierarchy),
          ...Object.fromEntries(
            [...columns, ...(cgroups ? ['cgroup'] : [])]
              .flatMap((column) => COLUMN_BY_NAME.get(column)?.reads ?? [])
              .map((flag) => [flag, true]),
          ),
          want_payload: payload,
          want_kstack: stacks.includes('kstack'),
          want_ustack: stacks.includes('ustack'),
        },
        verbose: this.#options.verbose ?? false,
        track,
        light: this.#options.trackLight ?? false,
        pids: this.#processes?.pids ?? [],
      });
      this.#native.start(() => {
        if (this.#isWaiting) this._read();
      });
      if (this.#isStopped) this.#native.stop();
    } catch (error) {
      done(error as Error);
      return;
    }
    this.emit('ready');
    this.push({ records: [this.#header()] } satisfies Batch);
    done();
  }

  override _read(): void {
    const native = this.#native;
    if (!native) return;
    const size = native.read(this.#buffer);
    this.#isWaiting = size === 0;
    if (size > 0) this.#pushChunk(size);
    else if (size < 0) this.#pushSummary();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#native?.close();
    this.#native = undefined;
    this.#processes?.close();
    done(error);
  }

  #pushChunk(size: number): void {
    const batch = this.#decoder.decode(this.#buffer.subarray(0, size));
    this.#lossesToldAt = formatNow();
    this.#unreadable += batch.end?.metrics?.unreadable ?? 0;
    batch.records.push(...this.#losses.splice(0));
    if (batch.end) this.#endWithProcesses();
    this.push(batch);
  }

  #endWithProcesses(): void {
    if (!this.#processes?.haveEnded()) return;
    this.#warn(this.#processes.farewell);
    this.#processes = undefined;
    this.stop();
  }

  #lose(kind: string, count: number, cause: string, since: string): void {
    this.#lost += count;
    this.#losses.push({ type: 'loss', timestamp: formatNow(), kind, count, cause, since });
  }

  #header(): HeaderRecord {
    const { freq = 1, headerOptions } = this.#options;
    return {
      type: 'header',
      schema_version: SCHEMA_VERSION,
      xcapture_version: version(),
      host: os.hostname(),
      boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      kernel: os.release(),
      arch: os.machine(),
      start_time: this.#startTime,
      hz: freq,
      options: headerOptions ?? { ...this.#options },
      features: {
        realtime: this.#native?.isRealtime ?? false,
        pid_iterator: this.#native?.usesPidIterator ?? false,
        hierarchy: this.#hierarchy,
        blazesym: blazesymVersion() ?? false,
      },
    };
  }

  #pushSummary(): void {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const { taken, late, missed } = this.#counters;
    const summary: SummaryRecord = {
      type: 'summary',
      timestamp: formatNow(),
      samples: taken,
      late,
      missed,
      lost: this.#lost,
      ...(this.#options.track?.length && { unfinished: { ...this.#unfinished } }),
      unreadable: this.#unreadable,
      cpu_us: userCPUTime + systemCPUTime,
      peak_rss_bytes: maxRSS * 1024,
    };
    this.push({ records: [summary] } satisfies Batch);
    this.push(null);
  }
}

/**
 * Samples this machine. The stream emits `ready` once BPF is loaded, before the first record; when that fails it is
 * destroyed with an `XcaptureError` that says why.
 */
export function sampler(options: SamplerOptions = {}): Sampler {
  return new Sampler(options);
}
