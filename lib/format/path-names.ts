/** Paths as BPF stores them: one name after the other, leaf first, each with a NUL (bpf/kernel/names.bpf.h). */

const DELETED = 1;
const CUT = 2;

/**
 * The path. ` (deleted)` follows that of a file without a name, as in /proc/PID/exe; `…/` leads one whose first names
 * were not read. Invalid UTF-8 becomes U+FFFD.
 * @param flags bits of `enum xcap_path`
 */
export function joinPathNames(names: Buffer, flags: number): string {
  let path = '';
  for (let at = 0; at < names.length;) {
    let end = names.indexOf(0, at);
    if (end < 0) end = names.length;
    path = `/${names.toString('utf8', at, end)}${path}`;
    at = end + 1;
  }
  if (path === '') path = '/';
  if (flags & CUT) path = `…${path}`;
  return flags & DELETED ? `${path} (deleted)` : path;
}
