/** What a block request's status means. Source: blk_errors in block/blk-core.c, include/linux/blk_types.h. */

/** By blk_status_t, from 1. */
const ERRNOS = [
  'EOPNOTSUPP', // NOTSUPP
  'ETIMEDOUT', // TIMEOUT
  'ENOSPC', // NOSPC
  'ENOLINK', // TRANSPORT
  'EREMOTEIO', // TARGET
  'EBADE', // RESV_CONFLICT
  'ENODATA', // MEDIUM
  'EILSEQ', // PROTECTION
  'ENOMEM', // RESOURCE
  'EIO', // IOERR
  'EREMCHG', // DM_REQUEUE
  'EAGAIN', // AGAIN
  'EBUSY', // DEV_RESOURCE
  'ETOOMANYREFS', // ZONE_OPEN_RESOURCE
  'EOVERFLOW', // ZONE_ACTIVE_RESOURCE
  'ENODEV', // OFFLINE
  'ETIME', // DURATION_LIMIT
  'EINVAL', // INVAL
] as const;

/** The name of the error; EIO for a status that is not known, as the kernel does. */
export function blockErrnoName(status: number): string {
  return ERRNOS[status - 1] ?? 'EIO';
}
