/** The one error class for what users can do something about. */

export interface XcaptureErrorOptions {
  /** What to do about it, in a few words. */
  hint?: string;
  /** Number of the system's error, where there is one. */
  errno?: number;
  cause?: unknown;
}

export class XcaptureError extends Error {
  override readonly name = 'XcaptureError';
  /** Stable name of the kind of error, `XCAP_…`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly errno: number | undefined;

  constructor(code: string, message: string, { hint, errno, cause }: XcaptureErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.errno = errno;
  }
}
