/** Local times of a recording: `2026-11-23T01:07:28.350568` in the hour `2026-11-23.01`. */

export interface LocalTime {
  /** What it was made of. */
  readonly utc: string;
  /** The local hour, as file names have it. */
  readonly hour: string;
  /** Without an offset. */
  readonly text: string;
  /** East of UTC. Unit: s. */
  readonly offsetS: number;
}

/** East of UTC at a time since the epoch. Unit: s. */
export type UtcOffset = (epochS: number) => number;

const UTC = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
const LOCAL = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})$/;
const MICROSECOND_DIGITS = 6;

function shift(seconds: string, byS: number): string | undefined {
  const ms = Date.parse(`${seconds}Z`) + byS * 1000;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, -5);
}

/** RFC 3339 in UTC as a local time with microseconds. `undefined` when it is no such time. */
export function utcToLocal(utc: string, offsetS: number): string | undefined {
  const [, seconds, fraction = ''] = UTC.exec(utc) ?? [];
  const local = seconds === undefined ? undefined : shift(seconds, offsetS);
  if (local === undefined) return undefined;
  return `${local}.${fraction.slice(0, MICROSECOND_DIGITS).padEnd(MICROSECOND_DIGITS, '0')}`;
}

/** Makes local times of what records have. The rows of a sample have the same one, so it is kept. */
export class LocalClock {
  readonly #utcOffset: UtcOffset;
  #last: LocalTime | undefined;

  constructor(utcOffset: UtcOffset) {
    this.#utcOffset = utcOffset;
  }

  /** `undefined` when it is no such time. */
  toLocal(utc: string): LocalTime | undefined {
    if (utc !== this.#last?.utc) this.#last = this.#convert(utc) ?? this.#last;
    return this.#last?.utc === utc ? this.#last : undefined;
  }

  #convert(utc: string): LocalTime | undefined {
    const ms = Date.parse(utc);
    if (Number.isNaN(ms)) return undefined;
    const offsetS = this.#utcOffset(Math.floor(ms / 1000));
    const text = utcToLocal(utc, offsetS);
    return text === undefined ? undefined : { utc, hour: `${text.slice(0, 10)}.${text.slice(11, 13)}`, text, offsetS };
  }
}

/** The other way. `undefined` when it is no such time. */
export function localToUtc(local: string, offsetS: number): string | undefined {
  const [, seconds, fraction] = LOCAL.exec(local) ?? [];
  const utc = seconds === undefined ? undefined : shift(seconds, -offsetS);
  return utc === undefined ? undefined : `${utc}.${fraction}Z`;
}

/** A time that is so much later, in the same form, to the microsecond. `undefined` when it is no such time. */
export function addNs(utc: string, ns: number): string | undefined {
  const [, seconds, fraction = ''] = UTC.exec(utc) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  if (Number.isNaN(ms)) return undefined;
  const us = BigInt(ms) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0')) + BigInt(Math.floor(ns / 1000));
  return `${new Date(Number(us / 1000n)).toISOString().slice(0, -1)}${String(us % 1000n).padStart(3, '0')}Z`;
}
