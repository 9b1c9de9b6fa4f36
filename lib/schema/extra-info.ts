/**
 * THE list of what `extra_info` can hold: objects, their keys, and the fields of the byte stream that they are made of.
 * Generates the structs of bpf/record.gen.h, lib/decode/extra-info.gen.ts, the JSON Schema and the table in SCHEMA.md.
 */
import type { Field } from './field.js';

export interface ExtraKey {
  readonly name: string;
  readonly type: 'integer' | 'boolean' | 'text';
  readonly unit?: 'us' | 'bytes';
  readonly description: string;
  readonly example: string | number | boolean;
  readonly source: string;
  /** What BPF stores. Absent: lib/decode/extra-values.ts makes the value of other fields. */
  readonly wire?: Field;
  /** The raw value that stands for "there is none"; the key is absent then. */
  readonly none?: number;
  /** Made of the raw value by the function of lib/decode/extra-values.ts that has this name. */
  readonly by?: 'caState' | 'opcodeName';
}

export interface ExtraObject {
  readonly name: string;
  readonly description: string;
  readonly wireComment: string;
  readonly keys: readonly ExtraKey[];
  /** Fields of the struct that are no keys. */
  readonly more?: readonly Field[];
}

const NONE_U32 = 0xffffffff;

const u32 = (
  name: string,
  description: string,
  example: number,
  source: string,
  rest: Partial<ExtraKey> = {},
): ExtraKey => ({ name, type: 'integer', description, example, source, wire: { name, ctype: 'u32' }, ...rest });

const u64 = (name: string, description: string, example: number, source: string, rest: Partial<ExtraKey> = {}) =>
  u32(name, description, example, source, { wire: { name, ctype: 'u64' }, ...rest });

const us = { unit: 'us' } as const;
const bytes = { unit: 'bytes' } as const;
const optional = { none: NONE_U32 } as const;
const segments = 'segments';

export const EXTRA_INFO = [
  {
    name: 'tcp',
    description: 'a TCP socket that is no listener',
    wireComment: 'Part of a task that works on a TCP socket.',
    keys: [
      u32('cwnd', `congestion window, in ${segments}`, 10, 'tcp_sock.snd_cwnd'),
      u32('ssthresh', `slow start threshold, in ${segments}; absent while there is none`, 7, 'tcp_sock.snd_ssthresh', {
        none: 0x7fffffff,
      }),
      u32('ca_state', 'congestion control: `Open`, `Disorder`, `CWR`, `Recovery`, `Loss`', 0, 'icsk_ca_state', {
        type: 'text',
        example: 'Open',
        by: 'caState',
      }),
      u32('srtt_us', 'smoothed round trip time', 24250, 'tcp_sock.srtt_us >> 3', us),
      u32('mdev_us', 'its mean deviation', 12000, 'tcp_sock.mdev_us >> 2', us),
      u32('rtt_min_us', 'least round trip time in the recent past; absent before the first', 310, 'tcp_sock.rtt_min', {
        ...us,
        ...optional,
      }),
      u32('rcv_wnd', 'window that is offered to the peer', 65535, 'tcp_sock.rcv_wnd', bytes),
      u32('snd_wnd', 'window that the peer offers', 64256, 'tcp_sock.snd_wnd', bytes),
      u32('packets_out', `${segments} sent and not acknowledged`, 4, 'tcp_sock.packets_out'),
      u32('retrans_out', `${segments} thereof that were sent again`, 0, 'tcp_sock.retrans_out'),
      u32('total_retrans', `${segments} sent again, so far`, 2, 'tcp_sock.total_retrans'),
      u32('lost_out', `${segments} on the way that are thought lost`, 0, 'tcp_sock.lost_out'),
      u32('sacked_out', `${segments} acknowledged out of order`, 0, 'tcp_sock.sacked_out'),
      u32('reordering', `how much reordering is tolerated, in ${segments}`, 3, 'tcp_sock.reordering'),
      u32('bytes_in_flight', 'sent and not acknowledged', 5792, 'tcp_sock.snd_nxt - .snd_una', bytes),
      u32('bytes_unread', 'received and not read by the program', 0, 'tcp_sock.rcv_nxt - .copied_seq', bytes),
      u32('retransmits', 'timeouts in a row, without an acknowledgement', 0, 'icsk_retransmits'),
      u32('cwnd_limited', 'the congestion window holds it back', 0, 'tcp_sock.is_cwnd_limited', {
        type: 'boolean',
        example: false,
      }),
      u32('reord_seen', 'reordering events, so far', 0, 'tcp_sock.reord_seen'),
      u64('bytes_sent', 'sent so far, also what was sent again', 48213, 'tcp_sock.bytes_sent', bytes),
      u64('bytes_acked', 'acknowledged so far', 48213, 'tcp_sock.bytes_acked', bytes),
      u64('bytes_received', 'received in order so far', 91002, 'tcp_sock.bytes_received', bytes),
      u32('delivered', `${segments} delivered so far`, 41, 'tcp_sock.delivered'),
      u32('delivered_ce', `${segments} thereof with a congestion mark`, 0, 'tcp_sock.delivered_ce'),
    ],
  },
  {
    name: 'unix',
    description: 'a UNIX socket',
    wireComment: 'Part of a task that works on a UNIX socket. Followed by its name as sun_path has it.',
    keys: [
      {
        name: 'path',
        type: 'text',
        description: "its own name, or else its peer's; an abstract one without its leading NUL",
        example: '/run/postgresql/.s.PGSQL.5432',
        source: 'unix_sock.addr',
      },
      {
        name: 'abstract',
        type: 'boolean',
        description: 'true when that name is an abstract one',
        example: true,
        source: 'unix_sock.addr',
      },
      {
        name: 'bound',
        type: 'boolean',
        description: 'true when it has a name of its own',
        example: true,
        source: 'unix_sock.addr',
      },
      u64('inode', 'its inode number', 48213, 'SOCK_INODE(sk->sk_socket)->i_ino'),
      u32(
        'peer_pid',
        'process that made the other end: who listened, connected or called socketpair',
        812,
        'sk_peer_pid',
        {
          none: 0,
        },
      ),
      u64('peer_inode', "the peer's inode number", 48214, 'unix_sock.peer', { none: 0 }),
      u32('owner_uid', 'user who made the socket', 1000, 'sk->sk_uid'),
    ],
    more: [
      { name: 'name_bytes', ctype: 'u16', comment: 'padded to eight' },
      { name: 'name_flags', ctype: 'u16', comment: 'enum xcap_unix_name' },
    ],
  },
  {
    name: 'poll',
    description: 'poll, ppoll, select, pselect6, epoll_wait and its kin',
    wireComment: 'Part of a task that waits for descriptors.',
    keys: [
      u32('fds', 'descriptors looked at, until one decided; for select those waited on for reading', 12, 'the set'),
      u32('fd', 'the descriptor that decides the idle rules; absent when none does', 7, 'the set', optional),
      u32(
        'more',
        'true when there are more descriptors than are looked at (1024), and none of these decided',
        0,
        'the set',
        {
          type: 'boolean',
          example: true,
          none: 0,
        },
      ),
    ],
  },
  {
    name: 'aio',
    description: 'io_getevents, io_pgetevents, io_submit',
    wireComment: 'Part of a task that waits for asynchronous I/O.',
    keys: [
      u32('inflight', 'requests in flight in the context', 32, 'kioctx', optional),
      u32('fd', 'descriptor of the request that aiofilename is about', 5, 'iocb.aio_fildes', optional),
      {
        name: 'file',
        type: 'text',
        description: 'the same as aiofilename',
        example: '/var/lib/mysql/ibdata1',
        source: 'see there',
      },
      u32('owner_tid', 'thread that submitted that request; absent without `-t iorq`', 4242, 'block_rq_insert', {
        none: 0,
      }),
    ],
  },
  {
    name: 'uring',
    description: 'io_uring_enter, and threads that work for a ring (`iou-wrk-…`)',
    wireComment: 'Part of a task that waits for a ring or works for it.',
    keys: [
      u32('submitted', 'requests taken from the submission queue so far, modulo 2^32', 40, 'cached_sq_head', optional),
      u32(
        'completed',
        'requests thereof that are done, so that the difference is in flight',
        39,
        'io_ring_ctx',
        optional,
      ),
      u32('sq', 'entries in the submission queue that were not taken yet', 0, 'io_rings.sq', optional),
      u32('cq', 'completions that the program has not taken yet', 0, 'io_rings.cq', optional),
      u32('opcode', 'what a request in flight does, in the words of IORING_OP_…', 0, 'io_kiocb, io_uring_sqe', {
        type: 'text',
        example: 'READ',
        by: 'opcodeName',
        ...optional,
      }),
      u32('fd', 'its descriptor', 7, 'io_cqe.fd, io_uring_sqe.fd', optional),
      {
        name: 'file',
        type: 'text',
        description: 'the same as uringfilename',
        example: '/var/lib/scylla/data/ks/t-1/md-1-big-Data.db',
        source: 'see there',
      },
      u32(
        'reg_idx',
        'its index among the registered files, in place of a descriptor',
        0,
        'io_cqe.fd, io_uring_sqe.fd',
        optional,
      ),
      u32('buf_index', 'its registered buffer', 0, 'buf_index', optional),
      u64(
        'offset',
        'where in the file it begins; absent where the file has no position',
        4096,
        'kiocb.ki_pos, io_uring_sqe.off',
        {
          ...bytes,
          none: 0xffffffff,
        },
      ),
      u32('len', 'how much it reads or writes', 4096, 'io_rw.len, io_uring_sqe.len', { ...bytes, ...optional }),
      u32('flags', 'IOSQE_… bits of the request', 0, 'io_kiocb.flags, io_uring_sqe.flags', optional),
      u32('rw_flags', 'RWF_… bits, or MSG_… bits of a socket call', 0, 'io_rw.flags, io_uring_sqe.rw_flags', optional),
      u32('owner_tid', 'thread that submitted that request', 4242, 'io_kiocb.task, io_uring_task.task', {
        none: 0,
      }),
    ],
  },
  {
    name: 'iorq',
    description: 'a thread with block requests in flight (`-t iorq`)',
    wireComment: 'Part of a task that has made block requests which have not completed.',
    keys: [u32('inflight', 'how many', 3, 'block_rq_insert, block_rq_complete')],
    more: [{ name: 'iorq_seq_num', ctype: 'u64' }],
  },
] as const satisfies readonly ExtraObject[];

export type ExtraName = (typeof EXTRA_INFO)[number]['name'];
