/**
 * What system calls work on: which argument names it, and in what way. Generates bpf/syscalls.gen.h. Calls that are
 * listed nowhere name nothing.
 */
import type { TargetName } from './enums.js';

export interface SyscallTarget {
  readonly target: TargetName;
  /** Which argument, from 1. */
  readonly argument: number;
  /** Read-class: the idle rules look at what it waits for. */
  readonly isRead: boolean;
}

const words = (text: string) => text.trim().split(/\s+/);

/**
 * Descriptor in the first argument. close is not among them: it has taken the file out of the table before it may
 * block, and another file may have taken the number. Read-class by the idle rules: read, recv, connect and accept, in
 * all variants.
 */
const READS = words(`
  read readv pread64 preadv preadv2 recv recvfrom recvmsg recvmmsg recvmmsg_time64 connect accept accept4`);
const DESCRIPTORS = words(`
  write writev pwrite64 pwritev pwritev2 send sendto sendmsg sendmmsg splice tee vmsplice
  copy_file_range fsync fdatasync sync_file_range arm_sync_file_range syncfs ftruncate ftruncate64
  fallocate readahead fadvise64 fadvise64_64 arm_fadvise64_64 fstat fstat64 fstatfs fstatfs64 lseek _llseek ioctl fcntl
  fcntl64 flock getdents getdents64 fchmod fchown fchown32 fchdir dup dup2 dup3 shutdown bind listen getsockopt
  setsockopt getsockname getpeername fgetxattr fsetxattr flistxattr fremovexattr
  inotify_rm_watch fanotify_mark timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64 finit_module setns
  mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 mq_notify mq_getsetattr pidfd_send_signal
  pidfd_getfd process_mrelease io_uring_register quotactl_fd cachestat fsconfig fsmount`);

/** Path in the argument of that number. */
const PATHS: Readonly<Record<number, readonly string[]>> = {
  1: words(`
    open creat stat lstat stat64 lstat64 oldstat oldlstat access truncate truncate64 chdir rename mkdir rmdir link
    unlink readlink chmod chown lchown chown32 lchown32 utime utimes mknod statfs statfs64 uselib swapon swapoff
    chroot umount umount2 acct execve setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr
    lremovexattr mq_open mq_unlink pivot_root`),
  2: words(`
    openat openat2 mkdirat mknodat fchownat futimesat newfstatat fstatat64 unlinkat renameat renameat2 linkat
    readlinkat fchmodat fchmodat2 faccessat faccessat2 utimensat utimensat_time64 name_to_handle_at execveat statx
    mount_setattr inotify_add_watch open_tree open_tree_attr setxattrat getxattrat listxattrat removexattrat
    file_getattr file_setattr fspick mount symlink`),
  3: ['symlinkat'],
};

const OTHERS: Readonly<Record<string, SyscallTarget>> = {
  // The file that is sent; the connection is that of the first argument, where it goes (bpf/task/syscall-target.bpf.h).
  sendfile: { target: 'fd', argument: 2, isRead: false },
  sendfile64: { target: 'fd', argument: 2, isRead: false },
  epoll_ctl: { target: 'fd', argument: 3, isRead: false },
  // But for anonymous memory (bpf/task/syscall-target.bpf.h).
  mmap: { target: 'fd', argument: 5, isRead: false },
  mmap2: { target: 'fd', argument: 5, isRead: false },
  poll: { target: 'poll', argument: 1, isRead: true },
  ppoll: { target: 'poll', argument: 1, isRead: true },
  ppoll_time64: { target: 'poll', argument: 1, isRead: true },
  select: { target: 'select', argument: 2, isRead: true },
  _newselect: { target: 'select', argument: 2, isRead: true },
  pselect6: { target: 'select', argument: 2, isRead: true },
  pselect6_time64: { target: 'select', argument: 2, isRead: true },
  epoll_wait: { target: 'epoll', argument: 1, isRead: true },
  epoll_pwait: { target: 'epoll', argument: 1, isRead: true },
  epoll_pwait2: { target: 'epoll', argument: 1, isRead: true },
  io_getevents: { target: 'aio', argument: 1, isRead: true },
  io_pgetevents: { target: 'aio', argument: 1, isRead: true },
  io_pgetevents_time64: { target: 'aio', argument: 1, isRead: true },
  io_submit: { target: 'aio_submit', argument: 3, isRead: false },
  io_uring_enter: { target: 'uring', argument: 1, isRead: true },
};

/** i386's old select and mmap, numbers 82 and 90, take their arguments in memory; glibc has not used them since 2.0. */
const IGNORED: ReadonlySet<string> = new Set(['i386:select', 'i386:mmap']);

function namedTargets(): Map<string, SyscallTarget> {
  const targets = new Map(Object.entries(OTHERS));
  for (const name of READS) targets.set(name, { target: 'fd', argument: 1, isRead: true });
  for (const name of DESCRIPTORS) targets.set(name, { target: 'fd', argument: 1, isRead: false });
  for (const [argument, names] of Object.entries(PATHS)) {
    for (const name of names) targets.set(name, { target: 'path', argument: Number(argument), isRead: false });
  }
  return targets;
}

const TARGETS_BY_NAME = namedTargets();

/** What the call of that name works on; `undefined` when there is nothing to name. `abi`: x86_64, i386, arm64, arm. */
export function targetOf(name: string, abi: string): SyscallTarget | undefined {
  return IGNORED.has(`${abi}:${name}`) ? undefined : TARGETS_BY_NAME.get(name);
}
