/** What `ss` says of sockets: the witness that asks the kernel by netlink. */
import { execFileSync } from 'node:child_process';
import { until } from './poll.js';

/** A line of ss, of the options -e (inode), -i (information), -o (timer) and -O (one line). */
export interface SsSocket {
  state: string;
  receiveQueue: number;
  sendQueue: number;
  local: string;
  peer: string;
  inode: number;
  /** What has a name, by it: `cwnd` to `10`, `rtt` to `0.005/0`. */
  words: ReadonlyMap<string, string>;
}

function parseSocket(line: string): SsSocket {
  const [state, receiveQueue, sendQueue, local, peer, ...rest] = line.split(/\s+/);
  const words = new Map(
    rest.flatMap((word) => {
      const colon = word.indexOf(':');
      return colon > 0 ? [[word.slice(0, colon), word.slice(colon + 1)] as const] : [];
    }),
  );
  return {
    state: state!,
    receiveQueue: Number(receiveQueue),
    sendQueue: Number(sendQueue),
    local: local!,
    peer: peer!,
    inode: Number(words.get('ino')),
    words,
  };
}

/** Lines of ss. Names that hold a newline cannot be told from two lines. */
function ssLines(args: readonly string[]): string[] {
  // Thousands of connections may be waiting for their end.
  const text = execFileSync('ss', ['-nH', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return text.split('\n').filter(Boolean);
}

/** Sockets of TCP (`-t`), UDP (`-u`), … that have an inode, by it. */
export function socketsByInode(family: '-t' | '-u' | '-w'): Map<number, SsSocket> {
  const sockets = ssLines([family, '-aeioO', 'exclude', 'time-wait']).map(parseSocket);
  return new Map(sockets.filter(({ inode }) => inode > 0).map((socket) => [socket.inode, socket]));
}

/** `connection` without its family, of the addresses that ss shows. */
export function endsOf({ state, local, peer }: Pick<SsSocket, 'state' | 'local' | 'peer'>): string {
  const plain = (address: string) => address.replace(/^\[::ffff:([\d.]+)\]/, '$1').replace(/^\*:/, '[::]:');
  const isAlone = state === 'LISTEN' || peer.endsWith(':*');
  return isAlone ? plain(local) : `${plain(local)}->${plain(peer)}`;
}

const microseconds = (milliseconds: string | undefined) => Math.round(Number(milliseconds) * 1000);

/** `extra_info.tcp` as far as ss shows it, and only what it shows of a connection that has measured a round trip. */
export function tcpInfoOf({ words, receiveQueue, sendQueue }: SsSocket): Record<string, number> {
  const number = (name: string, otherwise = 0) => Number(words.get(name) ?? otherwise);
  const [rtt, rttvar] = (words.get('rtt') ?? '').split('/');
  const [retransNow, retransTotal] = (words.get('retrans') ?? '0/0').split('/');
  const timer = /^\(on,[^,]*,(\d+)/.exec(words.get('timer') ?? '');
  return {
    cwnd: number('cwnd'),
    ...(words.has('ssthresh') && { ssthresh: number('ssthresh') }),
    srtt_us: microseconds(rtt),
    mdev_us: microseconds(rttvar),
    rtt_min_us: microseconds(words.get('minrtt')),
    snd_wnd: number('snd_wnd'),
    packets_out: number('unacked'),
    retrans_out: Number(retransNow),
    total_retrans: Number(retransTotal),
    lost_out: number('lost'),
    sacked_out: number('sacked'),
    // ss does not show what every connection begins with: TCP_FASTRETRANS_THRESH of the kernel.
    reordering: number('reordering', 3),
    reord_seen: number('reord_seen'),
    bytes_in_flight: sendQueue - number('notsent'),
    bytes_unread: receiveQueue,
    retransmits: Number(timer?.[1] ?? 0),
    bytes_sent: number('bytes_sent'),
    bytes_acked: number('bytes_acked'),
    bytes_received: number('bytes_received'),
    delivered: number('delivered'),
    delivered_ce: number('delivered_ce'),
  };
}

/**
 * Takes samples until each name was in one that ss showed the same before and after, and returns these pairs.
 * @param show what ss says of the names
 */
export async function whileItIsStill<Shown, Row>(
  names: Iterable<string>,
  show: () => Map<string, Shown>,
  sample: () => Promise<Map<string, Row>>,
): Promise<Map<string, { shown: Shown; row: Row | undefined }>> {
  const pairs = new Map<string, { shown: Shown; row: Row | undefined }>();
  const left = new Set(names);
  // Timers of connections that lose everything fire less and less often.
  const once = async () => {
    const before = show();
    const rows = await sample();
    const after = show();
    for (const name of left) {
      const shown = before.get(name);
      if (shown === undefined || JSON.stringify(shown) !== JSON.stringify(after.get(name))) continue;
      pairs.set(name, { shown, row: rows.get(name) });
      left.delete(name);
    }
    return left.size === 0;
  };
  await until('sockets that stay as they are', once, 60_000);
  return pairs;
}

/** Peers of connected UNIX sockets, by inode. Names do not matter: whatever they hold, the inodes end a line. */
export function unixPeers(): Map<number, number> {
  const ends = ssLines(['-x']).map((line) => /(\d+) +\* (\d+) *$/.exec(line));
  return new Map(ends.flatMap((end) => (end && end[2] !== '0' ? [[Number(end[1]), Number(end[2])] as const] : [])));
}
