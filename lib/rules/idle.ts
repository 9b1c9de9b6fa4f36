/**
 * The idle rules for records: the same verdict as the BPF program gives, from what a row shows. What cannot be
 * seen in a row (what else was in a set of descriptors) the recorded verdict tells.
 */
import { REASONS, type ReasonName } from '../schema/enums.js';
import { targetOf } from '../schema/syscall-targets.js';
import type { SampleRecord } from '../schema/types.gen.js';

/** `-d`: by default a socket whose local port is not above this one is a daemon's. */
export const DAEMON_PORTS = 10000;

export interface IdleOptions {
  /** A socket whose local port is not above this one is a daemon's. Default: the recorded verdict, or else 10000. */
  daemonPorts?: number | undefined;
}

const IDLE = new Set<string>(REASONS.filter(({ idle }) => idle).map(({ name }) => name));

/** States that decide alone. */
const BY_STATE: Readonly<Record<string, ReasonName>> = {
  STOPPED: 'stopped',
  TRACED: 'traced',
  ZOMBIE: 'zombie',
  DEAD: 'dead',
  PARKED: 'parked',
  FROZEN: 'frozen',
};

/** Of a TCP or UDP connection as `connection` shows it: the port on this side. */
const LOCAL_PORT = /^(?:TCP|MPTCP|UDP|UDPLITE) (?:\[[^\]]*\]|[^:]*):(\d+)/;

function socketVerdict(
  { connection = '', conn_state, extra_info }: SampleRecord,
  daemonPorts: number,
): ReasonName | undefined {
  const isUnix = /^UNIX-(?:STREAM|SEQ)/.test(connection);
  const port = LOCAL_PORT.exec(connection)?.[1];
  if (conn_state === 'LISTEN') return 'listen';
  if (isUnix) return extra_info?.unix && (extra_info.unix.bound ? 'unix_server' : 'unix_client');
  if (port === undefined) return 'sleep';
  return Number(port) <= daemonPorts ? 'daemon_port' : 'client';
}

/** Requests that the socket rules decide when a ring waits for nothing else. */
const SOCKET_READS = /^(?:READ|READV|READ_FIXED|READ_MULTISHOT|RECV|RECVMSG|ACCEPT)$/;

/** A row shows one request of its ring: a socket's only when all that are in flight read from sockets. */
function ringVerdict(row: SampleRecord, daemonPorts: number): ReasonName | undefined {
  const { submitted, completed, opcode = '' } = row.extra_info?.uring ?? {};
  if (submitted === undefined) return undefined;
  if (submitted === completed) return 'sleep';
  const isSocket = row.connection !== undefined && SOCKET_READS.test(opcode);
  return isSocket ? socketVerdict(row, daemonPorts) : 'uring';
}

/** The verdict on an interruptible sleep; `undefined` when the row does not show enough. */
function sleepVerdict(row: SampleRecord, daemonPorts: number): ReasonName | undefined {
  const { syscall, connection, extra_info } = row;
  const name = syscall?.replace(/^(?:i386|arm):/, '');
  const target = name === undefined ? undefined : targetOf(name, 'any');
  if (!target?.isRead) return 'sleep';
  if (target.target === 'aio') {
    return extra_info?.aio === undefined ? undefined : (extra_info.aio.inflight ?? 0) > 0 ? 'aio' : 'sleep';
  }
  if (target.target === 'uring') return ringVerdict(row, daemonPorts);
  return connection === undefined ? 'sleep' : socketVerdict(row, daemonPorts);
}

/**
 * The verdict on a row. What was recorded as its `reason` counts, but for another threshold of ports; a row without one
 * is judged by its other columns. `undefined` when it lacks those, too.
 */
export function idleReason(row: SampleRecord, { daemonPorts }: IdleOptions = {}): string | undefined {
  const { state, exe, reason } = row;
  if (reason !== undefined) {
    const isByPort = reason === 'client' || reason === 'daemon_port';
    const canTell = isByPort && daemonPorts !== undefined && row.connection !== undefined;
    return canTell ? (socketVerdict(row, daemonPorts) ?? reason) : reason;
  }
  if (state === undefined) return undefined;
  const alone = BY_STATE[state];
  if (alone) return alone;
  if (state !== 'SLEEP' && state !== 'IDLE') return 'active';
  if (exe === '[kernel]') return 'kthread';
  return state === 'SLEEP' ? sleepVerdict(row, daemonPorts ?? DAEMON_PORTS) : 'active';
}

/** Is a task with this verdict left out of the default view? One without a verdict is not. */
export function isIdle(reason: string | undefined): boolean {
  return reason !== undefined && IDLE.has(reason);
}
