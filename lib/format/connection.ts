/** The column `connection`: a socket as one line of text. */
import { formatIpv4, formatIpv6 } from './address.js';

/** A socket as BPF tells it (struct xcap_socket). */
export interface SocketFields {
  family: number;
  /** SOCK_… */
  type: number;
  protocol: number;
  localPort: number;
  remotePort: number;
  /** NETLINK: port id; PACKET: interface index. */
  id: number;
  /** Sixteen bytes each: IPv6, or IPv4 in the first four. */
  local: Uint8Array;
  remote: Uint8Array;
}

/** A UNIX socket's own name or its peer's, and its peer. */
export interface UnixPeer {
  path?: string | undefined;
  abstract?: boolean | undefined;
  peer_pid?: number | undefined;
}

/** Numbers of include/linux/socket.h. */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_PACKET = 17;
const FAMILIES = (
  'UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECNET NETBEUI SECURITY KEY NETLINK PACKET ' +
  'ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC BLUETOOTH IUCV RXRPC ISDN PHONET IEEE802154 CAIF ' +
  'ALG NFC VSOCK KCM QIPCRTR SMC XDP MCTP'
).split(' ');
/** Number of include/linux/net.h. */
const SOCK_RAW = 3;
const UNIX_TYPES: Readonly<Record<number, string>> = { 1: 'STREAM', 2: 'DGRAM', 5: 'SEQ' };
/** Numbers of include/uapi/linux/in.h. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  33: 'DCCP',
  58: 'ICMPV6',
  132: 'SCTP',
  136: 'UDPLITE',
  256: 'SMC',
  262: 'MPTCP',
};

/** Numbers of include/uapi/linux/netlink.h. */
const NETLINK = (
  'ROUTE UNUSED USERSOCK FIREWALL SOCK_DIAG NFLOG XFRM SELINUX ISCSI AUDIT FIB_LOOKUP CONNECTOR NETFILTER IP6_FW DNRTMSG ' +
  'KOBJECT_UEVENT GENERIC DM SCSITRANSPORT ECRYPTFS RDMA CRYPTO SMC'
).split(' ');

/** Numbers of include/net/tcp_states.h in the words of ss. */
const STATES: readonly (string | undefined)[] = [
  undefined,
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
  'UNCONN',
];

/** The state; `undefined` for none. Families that do not number theirs as TCP does are not connected. */
export function connectionState(family: number, state: number): string | undefined {
  if (family === AF_NETLINK || family === AF_PACKET) return 'UNCONN';
  return STATES[state];
}

function inet({ family, type, protocol, localPort, remotePort, local, remote }: SocketFields): string {
  const format = family === AF_INET ? formatIpv4 : formatIpv6;
  if (type === SOCK_RAW) {
    const isConnected = remote.some((byte) => byte !== 0);
    return `RAW ${format(local)}:${protocol}${isConnected ? `->${format(remote)}` : ''}`;
  }
  const name = PROTOCOLS[protocol] ?? `IP-${protocol}`;
  const here = `${name} ${format(local)}:${localPort}`;
  return remotePort === 0 ? here : `${here}->${format(remote)}:${remotePort}`;
}

function unix(type: number, { path, abstract, peer_pid }: UnixPeer): string {
  const name = path === undefined ? '' : ` ${abstract ? '@' : ''}${path}`;
  return `UNIX-${UNIX_TYPES[type] ?? type}${name}${peer_pid === undefined ? '' : ` pid=${peer_pid}`}`;
}

/** @param peer for a UNIX socket, where known */
export function formatConnection(socket: SocketFields, peer: UnixPeer = {}): string {
  const { family, type, protocol, id } = socket;
  switch (family) {
    case AF_INET:
    case AF_INET6:
      return inet(socket);
    case AF_UNIX:
      return unix(type, peer);
    case AF_NETLINK:
      return `NETLINK ${NETLINK[protocol] ?? protocol}:${id}`;
    case AF_PACKET:
      return `PACKET 0x${protocol.toString(16).padStart(4, '0')}:${id}`;
    default:
      return FAMILIES[family] ?? `AF-${family}`;
  }
}
