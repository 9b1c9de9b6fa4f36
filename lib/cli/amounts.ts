/** Numbers, times, ages and sizes as people type them. Each throws `XcaptureError` with code XCAP_USAGE. */
import type { Retain } from '../recording/housekeeping.js';
import type { UtcOffset } from '../csv/local-time.js';
import { usage } from './read-options.js';

const MAX_HZ = 1000;
const MAX_PORT = 65535;
const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const NS_PER_SECOND = 1e9;
const DAY_S = 86_400;
const BYTES: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** Nanoseconds stay exact in JavaScript up to here: some 104 days. */
const MAX_NS = Number.MAX_SAFE_INTEGER;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,6})?))?)?(Z|[+-]\d\d:\d\d)?$/;

export function positiveInteger(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw usage(`${option} wants a whole number above 0, not ${text}`);
  }
  return value;
}

export function port(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MAX_PORT) throw usage(`${option} wants a port from 0 to ${MAX_PORT}, not ${text}`);
  return value;
}

/** Unit: samples a second. */
export function frequency(text: string, option: string): number {
  const hz = Number(text);
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text) || hz <= 0 || hz > MAX_HZ || NS_PER_SECOND / hz > MAX_NS) {
    throw usage(`${option} wants a number of samples a second above 0 and up to ${MAX_HZ}, not ${text}`);
  }
  return hz;
}

/** `30s`, `10m`, `2h`. Unit: ms. */
export function duration(text: string): number {
  const [, number, unit] = /^(\d+\.?\d*|\.\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(number) * (MS[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0) || ms * 1e6 > MAX_NS) throw usage(`--duration wants a time such as 30s, 10m or 2h, not ${text}`);
  return ms;
}

/** `36h`, `7d`, or `500M`, `20G` (powers of 1024). */
export function retention(text: string): Retain {
  const [, number = '', unit = ''] = /^(\d+\.?\d*)(m|h|d|w|[KMGT])(?:i?B)?$/.exec(text) ?? [];
  const value = Number(number);
  if (!(value > 0)) throw usage(`--retain wants an age such as 36h or 7d, or a size such as 500M or 20G, not ${text}`);
  return MS[unit] === undefined ? { bytes: value * BYTES[unit]! } : { ageMs: value * MS[unit] };
}

/** RFC 3339, without an offset in local time; the time of day may be left out. As RFC 3339 in UTC. */
export function moment(option: string, text: string, utcOffset: UtcOffset): string {
  const [, date, minutes = '00:00', seconds = '00', zone] = TIME.exec(text.trim()) ?? [];
  const ms = Date.parse(`${date}T${minutes}:${seconds}${zone ?? 'Z'}`);
  if (Number.isNaN(ms)) {
    throw usage(`${option} wants a time such as 2026-11-23T01:00, 2026-11-23 or 2026-11-23T01:00:00Z, not ${text}`);
  }
  if (zone !== undefined) return new Date(ms).toISOString();
  const before = utcOffset(ms / 1000 - DAY_S);
  const after = utcOffset(ms / 1000 + DAY_S);
  // Of a time that a change of the clock has twice the first; of one that it leaves out the one after.
  const epochS = ms / 1000 - before;
  const isBefore = utcOffset(epochS) === before || utcOffset(ms / 1000 - after) !== after;
  return new Date((isBefore ? epochS : ms / 1000 - after) * 1000).toISOString();
}
