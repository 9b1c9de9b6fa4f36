/** Sockets of other kinds: UDP, RAW, NETLINK, PACKET, and what looks like TCP. */
import t from 'tap';
import { callArgument, fdLink } from '../support/fds.js';
import { sampleThreads, startThreads } from '../support/in-threads.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();

/** The addresses are the workload's, in a network namespace of its own. */
const EXPECTED: Readonly<Record<string, { connection: string | RegExp; conn_state?: string; reason?: string }>> = {
  udp_bound: { connection: 'UDP 127.0.0.1:1053', conn_state: 'UNCONN', reason: 'daemon_port' },
  udp_connected: { connection: 'UDP 127.0.0.1:1054->127.0.0.1:1053', conn_state: 'ESTAB', reason: 'daemon_port' },
  udp_any: { connection: 'UDP 0.0.0.0:1055', conn_state: 'UNCONN', reason: 'daemon_port' },
  udp6_bound: { connection: 'UDP [::1]:1056', conn_state: 'UNCONN', reason: 'daemon_port' },
  udp6_connected: { connection: 'UDP [::1]:1057->[::1]:1056', conn_state: 'ESTAB', reason: 'daemon_port' },
  udp6_any: { connection: 'UDP [::]:1058', conn_state: 'UNCONN', reason: 'daemon_port' },
  // Shortened as RFC 5952 says.
  udp6_long: { connection: 'UDP [2001:db8::1:0:0:1]:1059', conn_state: 'UNCONN', reason: 'daemon_port' },
  udp_mapped: { connection: 'UDP 127.0.0.1:1060->127.0.0.1:1053', conn_state: 'ESTAB', reason: 'daemon_port' },
  udp_unbound: { connection: 'UDP 0.0.0.0:0', conn_state: 'UNCONN' },
  raw_any: { connection: 'RAW 0.0.0.0:1', conn_state: 'UNCONN', reason: 'sleep' },
  raw_bound: { connection: 'RAW 127.0.0.2:1', conn_state: 'UNCONN', reason: 'sleep' },
  raw6_any: { connection: 'RAW [::]:58', conn_state: 'UNCONN', reason: 'sleep' },
  ping: { connection: /^ICMP 127\.0\.0\.1:1061/, reason: 'sleep' },
  netlink: { connection: /^NETLINK .*\b4711$/, conn_state: 'UNCONN', reason: 'sleep' },
  packet: { connection: /^PACKET /, conn_state: 'UNCONN', reason: 'sleep' },
  vsock: { connection: /^VSOCK/, conn_state: 'LISTEN', reason: 'listen' },
  mptcp: { connection: 'MPTCP 127.0.0.1:1063->127.0.0.1:1062', conn_state: 'ESTAB' },
  mptcp_listener: { connection: 'MPTCP 127.0.0.1:1062', conn_state: 'LISTEN', reason: 'listen' },
};
/** What a kernel may lack. */
const OPTIONAL = /^(vsock|mptcp)/;

t.test('a socket of any family is a connection, and only TCP has the numbers of TCP', { skip }, async (t) => {
  const threads = await startThreads(t, 'other-sockets');
  const rows = await sampleThreads(t, threads);
  for (const [name, { connection, ...others }] of Object.entries(EXPECTED)) {
    const row = rows.get(name);
    if (!row && OPTIONAL.test(name)) continue;
    t[typeof connection === 'string' ? 'equal' : 'match'](row?.connection, connection, name);
    t.match(row, others, name);
    t.equal(row?.filename, fdLink(threads.pid, callArgument(threads.pid, threads.tids.get(name)!, 1)));
    t.equal(row?.extra_info, undefined);
  }
});
