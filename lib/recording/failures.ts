/** What could not be written: reported once, counted, and reported again when it works. */

export interface Failure {
  /** `type` of the records. */
  readonly kind: string;
  readonly cause: string;
  /** Time of the first record that was lost. */
  readonly since: string;
  count: number;
}

export class Failures {
  readonly #onMessage: (text: string) => void;
  readonly #failing = new Map<string, Failure>();
  #isReported = false;
  /** Records lost so far. */
  lost = 0;

  constructor(onMessage: (text: string) => void) {
    this.#onMessage = onMessage;
  }

  add(kind: string, count: number, cause: string, since: string): void {
    this.lost += count;
    const failure = this.#failing.get(kind);
    if (failure) failure.count += count;
    else this.#failing.set(kind, { kind, cause, since, count });
    if (this.#isReported) return;
    this.#isReported = true;
    this.#onMessage(`${cause}; records are lost until it works again, and counted`);
  }

  /** It has worked. Returns what was lost before. */
  end(kind: string): Failure | undefined {
    const failure = this.#failing.get(kind);
    if (!failure) return undefined;
    this.#failing.delete(kind);
    this.#onMessage(`recording ${kind} records again; ${failure.count} of them were lost`);
    if (this.#failing.size === 0) this.#isReported = false;
    return failure;
  }

  /** Nothing more will be written. Returns all that was lost and has not been told. */
  endAll(): Failure[] {
    const rest = [...this.#failing.values()];
    this.#failing.clear();
    return rest;
  }
}
