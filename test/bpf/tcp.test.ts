/** TCP connections of threads that wait on them, against what ss says. */
import t from 'tap';
import type { TcpInfo } from '../../lib/decode/extra-info.gen.js';
import { callArgument, fdLink } from '../support/fds.js';
import { sampleThreads, startThreads, type Threads } from '../support/in-threads.js';
import { bpfSkipReason } from '../support/rights.js';
import { endsOf, socketsByInode, tcpInfoOf, whileItIsStill, type SsSocket } from '../support/ss.js';

const skip = bpfSkipReason();
const HIGH_FD = 5000;
/** Calls that may look at several descriptors; the workload tells them of this one. */
const WATCHED_FD: Readonly<Record<string, number>> = { poll: 5001, ppoll: 5002, pselect6: 1000, epoll_pwait: 5003 };

/** The threads' sockets. */
function inodesOf({ pid, tids }: Threads): Map<string, number> {
  return new Map(
    [...tids].map(([name, tid]) => {
      const link = fdLink(pid, WATCHED_FD[name] ?? callArgument(pid, tid, 1));
      return [name, Number(/^socket:\[(\d+)\]$/.exec(link)![1])];
    }),
  );
}

interface Shown extends Pick<SsSocket, 'state' | 'local' | 'peer'> {
  /** Absent where the kernel has no tcp_diag: ss reads /proc/net/tcp then. */
  tcp: Record<string, number> | undefined;
  /** What the other end may send, where it is on this machine. */
  peerWindow: number | undefined;
}

function shownOf(inodes: ReadonlyMap<string, number>): Map<string, Shown> {
  const sockets = socketsByInode('-t');
  const byEnds = new Map([...sockets.values()].map((one) => [`${one.local} ${one.peer}`, one]));
  return new Map(
    [...inodes].flatMap(([name, inode]) => {
      const socket = sockets.get(inode);
      if (!socket) return [];
      const { state, local, peer } = socket;
      const peerWindow = byEnds.get(`${peer} ${local}`)?.words.get('snd_wnd');
      const tcp = socket.words.has('minrtt') ? tcpInfoOf(socket) : undefined;
      return [
        [
          name,
          { state, local, peer, tcp, peerWindow: peerWindow === undefined ? undefined : Number(peerWindow) },
        ] as const,
      ];
    }),
  );
}

/** What ss shows of every connection here, so that no test compares nothing with nothing. */
const MEASURED = ['cwnd', 'srtt_us', 'bytes_sent', 'bytes_acked', 'bytes_received', 'delivered'] as const;

t.test('a thread that waits on a TCP connection shows what ss says of it', { skip }, async (t) => {
  const threads = await startThreads(t, 'tcp');
  t.equal(callArgument(threads.pid, threads.tids.get('recvfrom_v4')!, 1), HIGH_FD);
  const inodes = inodesOf(threads);
  t.equal(new Set(inodes.values()).size, threads.tids.size, 'each its own socket');

  const pairs = await whileItIsStill(
    threads.tids.keys(),
    () => shownOf(inodes),
    () => sampleThreads(t, threads),
  );
  for (const [name, { shown, row }] of pairs) {
    t.equal(row?.syscall, name.replace(/_(?!pwait).*$/, ''));
    t.equal(row?.filename, `socket:[${inodes.get(name)}]`, `file of ${name}`);
    t.equal(row?.connection, `TCP ${endsOf(shown)}`, `connection of ${name}`);
    t.equal(row?.conn_state, shown.state, `state of ${name}`);
    const tcp: Readonly<Record<string, unknown>> = { ...row?.extra_info?.tcp };
    if (/^(accept|connect)/.test(name) || !shown.tcp) continue;
    t.strictSame(Object.fromEntries(Object.keys(shown.tcp).map((key) => [key, tcp[key]])), shown.tcp, name);
    t.equal(tcp['ssthresh'], shown.tcp['ssthresh'], 'a threshold that is infinite is absent');
    if (!/after_loss|hole/.test(name)) for (const key of MEASURED) t.ok(shown.tcp[key]! > 0, `${key} of ${name}`);
  }

  const rowOf = (name: string) => pairs.get(name)?.row;
  t.match(rowOf('recvfrom_v6')?.connection, /^TCP \[::1\]:\d+->\[::1\]:\d+$/);
  t.match(rowOf('recvfrom_mapped')?.connection, /^TCP 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+$/);
  t.match(pairs.get('recvfrom_mapped')!.shown.local, /^\[::ffff:/, 'it is a mapped one');
  t.match(rowOf('accept_v4')?.connection, /^TCP 0\.0\.0\.0:\d+$/);
  t.match(rowOf('accept_v6')?.connection, /^TCP \[::\]:\d+$/);
  for (const name of ['accept_v4', 'accept_v6', 'accept_loopback'])
    t.strictSame(
      [rowOf(name)?.conn_state, rowOf(name)?.extra_info],
      ['LISTEN', undefined],
      'a listener has no traffic',
    );

  const tcpOf = (name: string): Partial<TcpInfo> => rowOf(name)?.extra_info?.tcp ?? {};
  t.equal(rowOf('connect')?.conn_state, 'SYN-SENT');
  t.equal(tcpOf('connect').rtt_min_us, undefined, 'no round trip was measured');
  t.match(tcpOf('recvfrom_v4'), { ca_state: 'Open', cwnd_limited: false, retransmits: 0 });
  for (const name of ['recvfrom_v4', 'recvfrom_v6', 'recvfrom_server'])
    t.equal(tcpOf(name).rcv_wnd, pairs.get(name)!.shown.peerWindow ?? tcpOf(name).rcv_wnd, `window of ${name}`);
  t.match(tcpOf('recvfrom_unread'), { bytes_unread: 3000 });
  t.match(tcpOf('sendto_unread'), { bytes_unread: 3000 });
  t.match(tcpOf('recvfrom_hole'), { ca_state: 'Loss', retrans_out: 1 });
  t.ok((tcpOf('recvfrom_hole').sacked_out ?? 0) > 0, 'what came after the hole');
  t.match(tcpOf('sendto_cut_off'), { ca_state: 'Loss', cwnd: 1, cwnd_limited: true });
  t.ok((tcpOf('sendto_cut_off').bytes_in_flight ?? 0) > 0);
  t.ok((tcpOf('sendto_cut_off').retransmits ?? 0) > 0);
  t.ok((tcpOf('recvfrom_after_loss').total_retrans ?? 0) > 0);
  t.ok((tcpOf('recvfrom_after_loss').ssthresh ?? 0) > 0);
});
