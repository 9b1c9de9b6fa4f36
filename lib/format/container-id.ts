/** Container ids in control group paths: what Docker, containerd, CRI-O and Podman name their groups by. */

const CONTAINER_ID = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/** The innermost container's id (64 hex digits) in a control group's path; `undefined` where it has none. */
export function containerIdOf(cgroupPath: string): string | undefined {
  return cgroupPath.match(CONTAINER_ID)?.at(-1);
}
