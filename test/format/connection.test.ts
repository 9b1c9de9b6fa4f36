/** Sockets as text. test/bpf has the kernel's own. */
import t from 'tap';
import { connectionState, formatConnection, type SocketFields } from '../../lib/format/connection.js';

const address = (...bytes: number[]) => Uint8Array.from({ length: 16 }, (_, at) => bytes[at] ?? 0);
const SOCKET: SocketFields = {
  family: 2,
  type: 1,
  protocol: 6,
  localPort: 22,
  remotePort: 52030,
  id: 0,
  local: address(10, 0, 0, 1),
  remote: address(10, 0, 0, 2),
};

t.test('a socket is told by its family, its protocol and its addresses', async (t) => {
  const cases: [fields: Partial<SocketFields>, text: string][] = [
    [{}, 'TCP 10.0.0.1:22->10.0.0.2:52030'],
    [{ remotePort: 0 }, 'TCP 10.0.0.1:22'],
    [{ type: 2, protocol: 17 }, 'UDP 10.0.0.1:22->10.0.0.2:52030'],
    [{ protocol: 262 }, 'MPTCP 10.0.0.1:22->10.0.0.2:52030'],
    [{ protocol: 200 }, 'IP-200 10.0.0.1:22->10.0.0.2:52030'],
    [{ family: 10, local: address(), remotePort: 0 }, 'TCP [::]:22'],
    [{ type: 3, protocol: 1 }, 'RAW 10.0.0.1:1->10.0.0.2'],
    [{ type: 3, protocol: 1, remote: address() }, 'RAW 10.0.0.1:1'],
    [{ family: 16, protocol: 0, id: 4711 }, 'NETLINK ROUTE:4711'],
    [{ family: 16, protocol: 40, id: 1 }, 'NETLINK 40:1'],
    [{ family: 17, protocol: 0x88cc, id: 2 }, 'PACKET 0x88cc:2'],
    [{ family: 40 }, 'VSOCK'],
    [{ family: 99 }, 'AF-99'],
  ];
  for (const [fields, text] of cases) t.equal(formatConnection({ ...SOCKET, ...fields }), text);
});

t.test('a UNIX socket is told by a name and its peer', async (t) => {
  const unix = { ...SOCKET, family: 1 };
  t.equal(formatConnection(unix, { path: '/run/x.sock', peer_pid: 7 }), 'UNIX-STREAM /run/x.sock pid=7');
  t.equal(formatConnection({ ...unix, type: 2 }, { path: 'x', abstract: true }), 'UNIX-DGRAM @x');
  t.equal(formatConnection({ ...unix, type: 5 }, { peer_pid: 8 }), 'UNIX-SEQ pid=8');
  t.equal(formatConnection(unix), 'UNIX-STREAM');
});

t.test('states have the names of ss', async (t) => {
  t.equal(connectionState(2, 1), 'ESTAB');
  t.equal(connectionState(2, 10), 'LISTEN');
  t.equal(connectionState(16, 1), 'UNCONN', 'netlink numbers its own');
  t.equal(connectionState(2, 77), undefined);
});
