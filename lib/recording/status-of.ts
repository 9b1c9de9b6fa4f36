/** Which file a name stands for now. */
import { statSync, type Stats } from 'node:fs';

/** `undefined` when there is none, or none that this process may see. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A permission was revoked, or a parent is no directory any more: whoever opens it next is told so.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return undefined;
  }
}
