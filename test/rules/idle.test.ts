/** The idle rules for records. test/bpf/idle-parity compares them with the kernel's. */
import t from 'tap';
import { idleReason, isIdle } from '../../lib/rules/idle.js';
import { REASONS } from '../../lib/schema/enums.js';

const verdict = (row: object) => idleReason({ type: 'sample', ...row });

t.test('the state decides, and for a sleeper whether it is a kernel thread', async (t) => {
  const cases: [state: string, ofUser: string, ofKernel: string][] = [
    ['RUN', 'active', 'active'],
    ['RUNQ', 'active', 'active'],
    ['DISK', 'active', 'active'],
    ['WAKING', 'active', 'active'],
    ['0x4010', 'active', 'active'],
    ['SLEEP', 'sleep', 'kthread'],
    ['IDLE', 'active', 'kthread'],
    ['STOPPED', 'stopped', 'stopped'],
    ['TRACED', 'traced', 'traced'],
    ['ZOMBIE', 'zombie', 'zombie'],
    ['DEAD', 'dead', 'dead'],
    ['PARKED', 'parked', 'parked'],
    ['FROZEN', 'frozen', 'frozen'],
  ];
  for (const [state, ofUser, ofKernel] of cases) {
    t.equal(verdict({ state, exe: '/bin/x' }), ofUser, state);
    t.equal(verdict({ state, exe: '[kernel]' }), ofKernel, state);
  }
});

t.test('a row without the columns goes by its recorded verdict, and without that it stays', async (t) => {
  t.equal(verdict({ reason: 'sleep' }), 'sleep');
  t.equal(verdict({ state: 'SLEEP', reason: 'kthread' }), 'kthread');
  t.equal(verdict({}), undefined);
  t.notOk(isIdle(undefined));
});

const SHOWN = new Set(['active', 'client', 'unix_client', 'aio', 'uring']);

t.test('five verdicts are shown', async (t) => {
  for (const { name } of REASONS) t.equal(isIdle(name), !SHOWN.has(name), name);
});

t.test('a sleeper in a read is judged by what it reads', async (t) => {
  const sleeper = (syscall: string, row: object = {}) => verdict({ state: 'SLEEP', exe: '/bin/x', syscall, ...row });
  const tcp = (port: number, conn_state = 'ESTAB') => ({ connection: `TCP 10.0.0.1:${port}->10.0.0.2:1`, conn_state });
  t.equal(sleeper('futex'), 'sleep');
  t.equal(sleeper('read', { filename: 'pipe:[7]' }), 'sleep');
  t.equal(sleeper('read', tcp(10001)), 'client');
  t.equal(sleeper('i386:read', tcp(10000)), 'daemon_port');
  t.equal(sleeper('recvfrom', { connection: 'TCP [::1]:80->[::1]:4242', conn_state: 'ESTAB' }), 'daemon_port');
  t.equal(sleeper('accept4', { connection: 'TCP 0.0.0.0:50000', conn_state: 'LISTEN' }), 'listen');
  t.equal(sleeper('write', tcp(20000)), 'sleep', 'not a read');
  t.equal(sleeper('poll', tcp(20000)), 'client');
  t.equal(sleeper('poll'), 'sleep');
  t.equal(sleeper('read', { connection: 'NETLINK ROUTE:1', conn_state: 'UNCONN' }), 'sleep');
  const unix = (bound?: true) => ({
    connection: 'UNIX-STREAM /run/x',
    conn_state: 'ESTAB',
    extra_info: { unix: { bound } },
  });
  t.equal(sleeper('read', unix()), 'unix_client');
  t.equal(sleeper('read', unix(true)), 'unix_server');
  t.equal(sleeper('io_getevents', { extra_info: { aio: { inflight: 1 } } }), 'aio');
  t.equal(sleeper('io_getevents', { extra_info: { aio: { inflight: 0 } } }), 'sleep');
  const ring = (completed: number, opcode = 'READ') => ({ extra_info: { uring: { submitted: 5, completed, opcode } } });
  t.equal(sleeper('io_uring_enter', ring(5)), 'sleep');
  t.equal(sleeper('io_uring_enter', ring(4)), 'uring');
  t.equal(sleeper('io_uring_enter', { ...ring(4, 'RECV'), ...tcp(20000) }), 'client');
  t.equal(sleeper('io_uring_enter', { ...ring(4, 'SEND'), ...tcp(20000) }), 'uring');
});

t.test('another threshold of ports moves what a port has decided, and nothing else', async (t) => {
  const row = (reason: string, port: number) => ({
    type: 'sample' as const,
    reason,
    connection: `UDP 10.0.0.1:${port}`,
  });
  t.equal(idleReason(row('client', 12000), { daemonPorts: 20000 }), 'daemon_port');
  t.equal(idleReason(row('daemon_port', 8000), { daemonPorts: 5000 }), 'client');
  t.equal(idleReason(row('daemon_port', 8000)), 'daemon_port');
  t.equal(idleReason(row('listen', 8000), { daemonPorts: 5000 }), 'listen');
  t.equal(idleReason({ type: 'sample', reason: 'client' }, { daemonPorts: 5000 }), 'client', 'without its connection');
});
