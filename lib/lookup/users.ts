/** Names of users. */

/** More users than are active on one machine at a time; a directory may know millions. */
const MAX_CACHED = 4096;

/** Looks names up once. A user without a name goes by the number, as in ps(1). */
export function userNames(lookUp: (uid: number) => string | undefined): (uid: number) => string {
  const cache = new Map<number, string>();
  return (uid) => {
    let name = cache.get(uid);
    if (name === undefined) {
      name = lookUp(uid) ?? String(uid);
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(uid, name);
    }
    return name;
  };
}
