/** What the generated code of `extra_info` calls: raw values to names. */

/** enum tcp_ca_state of include/uapi/linux/tcp.h. */
const CA_STATES = ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'];

/** enum io_uring_op of include/uapi/linux/io_uring.h, as of Linux 7.2. */
const OPCODES = (
  'NOP READV WRITEV FSYNC READ_FIXED WRITE_FIXED POLL_ADD POLL_REMOVE SYNC_FILE_RANGE SENDMSG RECVMSG TIMEOUT ' +
  'TIMEOUT_REMOVE ACCEPT ASYNC_CANCEL LINK_TIMEOUT CONNECT FALLOCATE OPENAT CLOSE FILES_UPDATE STATX READ WRITE ' +
  'FADVISE MADVISE SEND RECV OPENAT2 EPOLL_CTL SPLICE PROVIDE_BUFFERS REMOVE_BUFFERS TEE SHUTDOWN RENAMEAT UNLINKAT ' +
  'MKDIRAT SYMLINKAT LINKAT MSG_RING FSETXATTR SETXATTR FGETXATTR GETXATTR SOCKET URING_CMD SEND_ZC SENDMSG_ZC ' +
  'READ_MULTISHOT WAITID FUTEX_WAIT FUTEX_WAKE FUTEX_WAITV FIXED_FD_INSTALL FTRUNCATE BIND LISTEN RECV_ZC EPOLL_WAIT ' +
  'READV_FIXED WRITEV_FIXED PIPE NOP128 URING_CMD128'
).split(' ');

/** A congestion control state; `ca_state_NUMBER` for one that is new. */
export const caState = (state: number): string => CA_STATES[state] ?? `ca_state_${state}`;

/** An io_uring operation; `op_NUMBER` for one that is new. */
export const opcodeName = (opcode: number): string => OPCODES[opcode] ?? `op_${opcode}`;
