/** The idle rules for threads that read from a socket: who is a client, who is a server, and where the threshold is. */
import t from 'tap';
import { sampleThreads, startThreads, type Threads } from '../support/in-threads.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();

/** Sockets of TCP and UDP that are no listeners. Their port decides. */
const WITH_PORT =
  /^(tcp_high|tcp_low|tcp_low_client|tcp_high_server|tcp6_middle|tcp6_low|connecting_.*|udp_.*|udp6_.*)$/;
const OTHERS: Readonly<Record<string, string>> = {
  listener_low: 'listen',
  listener_high: 'listen',
  unix_listener: 'listen',
  unix_connecting: 'unix_client',
  unix_client: 'unix_client',
  unix_server: 'unix_server',
  // It has an own address, as a server's end has.
  unix_bound_client: 'unix_server',
  seq_client: 'unix_client',
  seq_server: 'unix_server',
  seq_bound_client: 'unix_server',
  unix_pair: 'unix_client',
  unix_dgram: 'sleep',
  pipe: 'sleep',
  eventfd: 'sleep',
  netlink: 'sleep',
  // A send is no read.
  tcp_full: 'sleep',
};
/** Each run takes its time. */
const WITH_DEFAULT_VIEW = new Set([10_000, 20_000]);
const SHOWN = new Set(['client', 'unix_client']);

/** The verdict on each thread, by its name. */
function verdictsOf({ tids, facts }: Threads, threshold: number): Map<string, string> {
  return new Map(
    [...tids.keys()].map((name) => {
      const kind = name.split('-')[0]!;
      if (!WITH_PORT.test(kind)) return [name, OTHERS[kind]!];
      return [name, facts.get(`${kind}.port`)! <= threshold ? 'daemon_port' : 'client'];
    }),
  );
}

t.test('a direct read is judged by its socket, in every call that reads', { skip }, async (t) => {
  const threads = await startThreads(t, 'socket-reads');
  const port = (kind: string) => threads.facts.get(`${kind}.port`)!;
  t.ok(port('tcp_low') <= 10_000 && port('tcp6_middle') > 10_000 && port('tcp6_middle') <= 20_000);
  t.ok(port('tcp_high') > 20_000);
  const between = Math.min(port('tcp6_middle'), port('udp_middle'));
  t.not(port('tcp6_middle'), port('udp_middle'), 'the lower one is at the threshold, the other one above');
  // The default, one that makes clients servers, none, and one that is a port.
  for (const [options, threshold] of [
    [[], 10_000],
    [['-d', 20_000], 20_000],
    [['--daemon-ports', 0], 0],
    [['-d', between], between],
  ] as const) {
    const verdicts = verdictsOf(threads, threshold);
    const all = await sampleThreads(t, threads, ['-a', ...options]);
    t.strictSame(new Map([...all].map(([name, { reason }]) => [name, reason])), verdicts, `with ${options.join(' ')}`);
    for (const [name, { syscall, state }] of all) t.strictSame([syscall, state], [name.split('-')[1], 'SLEEP']);

    if (!WITH_DEFAULT_VIEW.has(threshold)) continue;
    const shown = await sampleThreads(t, threads, options);
    const expected = [...verdicts].filter(([, reason]) => SHOWN.has(reason)).map(([name]) => name);
    t.strictSame([...shown.keys()], expected, `in the default view with ${options.join(' ')}`);
  }
});
