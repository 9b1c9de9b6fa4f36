/** Names of errors by their number: those of user space, and those that never leave the kernel. */

/** include/uapi/asm-generic/errno-base.h, include/uapi/asm-generic/errno.h: from 1. A dash where there is none. */
const USER_NAMES = (
  'EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ' +
  'ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ' +
  'ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT ' +
  'EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ' +
  'ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ' +
  'ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ' +
  'ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ' +
  'ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN ' +
  'EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ' +
  'ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON'
).split(' ');

/**
 * include/linux/errno.h. What a system call that a signal has interrupted leaves behind; afterwards the program gets
 * EINTR, or the call begins anew.
 */
const KERNEL_NAMES: Readonly<Record<number, string>> = {
  512: 'ERESTARTSYS',
  513: 'ERESTARTNOINTR',
  514: 'ERESTARTNOHAND',
  515: 'ENOIOCTLCMD',
  516: 'ERESTART_RESTARTBLOCK',
  517: 'EPROBE_DEFER',
  518: 'EOPENSTALE',
  519: 'ENOPARAM',
  524: 'ENOTSUPP',
  529: 'EIOCBQUEUED',
};

/** The name of an error, `errno_NUMBER` for one without. */
export function errnoName(errno: number): string {
  const name = USER_NAMES[errno - 1] ?? KERNEL_NAMES[errno];
  return name === undefined || name === '-' ? `errno_${errno}` : name;
}

const NUMBERS = new Map<string, number>([
  ...USER_NAMES.map((name, index) => [name, index + 1] as const),
  ...Object.entries(KERNEL_NAMES).map(([number, name]) => [name, Number(number)] as const),
]);

/** The number of an error; `undefined` for a name that is none. */
export const errnoOf = (name: string): number | undefined =>
  NUMBERS.get(name) ?? (/^errno_\d+$/.test(name) ? Number(name.slice('errno_'.length)) : undefined);
