/** What the far end of a stream can show. */

/** The part of a `tty.WriteStream` that matters here; every other stream has neither. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Terminal {
  /** Unit: cells. `undefined`: as wide as the text. */
  readonly width: number | undefined;
  readonly color: boolean;
}

const POSITIVE_INTEGER = /^0*[1-9]\d*$/;

/**
 * Colour for a terminal that is not dumb, unless NO_COLOR is set and not empty (no-color.org). The width is the
 * terminal's; where there is none, or it does not say (a serial line has 0 columns), that of COLUMNS.
 */
export function terminalOf(stream: MaybeTerminal, env: Readonly<Record<string, string | undefined>>): Terminal {
  const isTerminal = stream.isTTY === true;
  const columns = env['COLUMNS'] ?? '';
  const fallback = POSITIVE_INTEGER.test(columns) ? Number(columns) : undefined;
  return {
    width: (isTerminal && stream.columns) || fallback,
    color: isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
  };
}
