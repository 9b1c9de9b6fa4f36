/** What the running kernel can do, by its release. */
import os from 'node:os';

const [major = 0, minor = 0] = os
  .release()
  .split('.')
  .map((part) => parseInt(part, 10));
const isAtLeast = (wantedMajor: number, wantedMinor: number) =>
  major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);

/** `--track-light`. */
export const hasTaskWork = isAtLeast(6, 18) && process.arch === 'x64';
