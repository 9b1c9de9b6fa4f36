/** UNIX sockets: their names, their peers, and who is idle. */
import t from 'tap';
import { callArgument, fdLink } from '../support/fds.js';
import { sampleThreads, startThreads } from '../support/in-threads.js';
import { bpfSkipReason } from '../support/rights.js';
import { unixPeers } from '../support/ss.js';

const skip = bpfSkipReason();
/** In latin1, so that each character is a byte. */
const ODD = 'o\r\n"q\' \x1b[2J\x9b\xff {"type":"summary"}';
const ODD_SHOWN = 'o\r\n"q\' \x1b[2J\ufffd\ufffd {"type":"summary"}';
/** sizeof(sun_path) */
const LONGEST = 108;
/** The workload's user. */
const OWNER = 4321;

const CLIENT = { reason: 'unix_client', state: 'ESTAB' };
const SERVER = { bound: true, reason: 'unix_server', state: 'ESTAB' } as const;
const LISTENER = { bound: true, reason: 'listen', state: 'LISTEN' } as const;
const OTHER = { reason: 'sleep', state: 'UNCONN' };
interface Expected {
  kind: string;
  path?: string;
  abstract?: true;
  /** The name is its own. */
  bound?: true;
  reason: string;
  state: string;
}
const ends = (name: string, about: Omit<Expected, 'reason' | 'state'>): Record<string, Expected> => ({
  [`${name}_client`]: { ...about, ...CLIENT },
  [`${name}_server`]: { ...about, ...SERVER },
});
const EXPECTED: Readonly<Record<string, Expected>> = {
  ...ends('stream', { kind: 'STREAM', path: 'stream' }),
  ...ends('seq', { kind: 'SEQ', path: 'seq' }),
  ...ends('abstract', { kind: 'STREAM', path: 'xcapture test', abstract: true }),
  // ss and /proc/net/unix show other zero bytes as @, too.
  ...ends('zeros', { kind: 'STREAM', path: 'a\0b\0', abstract: true }),
  ...ends('longest', { kind: 'STREAM', path: 'n'.repeat(LONGEST) }),
  ...ends('longest_abstract', { kind: 'STREAM', path: 'n'.repeat(LONGEST - 1), abstract: true }),
  ...ends('odd', { kind: 'STREAM', path: ODD_SHOWN }),
  stream_pair: { kind: 'STREAM', ...CLIENT },
  seq_pair: { kind: 'SEQ', ...CLIENT },
  dgram_pair: { kind: 'DGRAM', ...OTHER, state: 'ESTAB' },
  // Somebody has connected to it, which moves both.
  dgram_bound: { kind: 'DGRAM', path: 'dgram', bound: true, ...OTHER, state: 'ESTAB' },
  dgram_connected: { kind: 'DGRAM', path: 'dgram', ...OTHER, state: 'ESTAB' },
  dgram_own: { kind: 'DGRAM', path: 'dgram_own', bound: true, ...OTHER, state: 'ESTAB' },
  dgram_alone: { kind: 'DGRAM', ...OTHER },
  dgram_of_user: { kind: 'DGRAM', ...OTHER },
  listener: { kind: 'STREAM', path: 'listener', ...LISTENER },
  abstract_listener: { kind: 'STREAM', path: 'xcapture listener', abstract: true, ...LISTENER },
};

/** `xcapture listener` and the like are free: the names of a network namespace of one's own. */
const wrapper = ['unshare', '-n'];

t.test('a UNIX socket shows its name or its peer’s, and who the peer is', { skip }, async (t) => {
  const hex = Buffer.from(ODD, 'latin1').toString('hex');
  const threads = await startThreads(t, 'unix-sockets', [hex], { cwd: t.testdir({}), wrapper });
  const rows = await sampleThreads(t, threads);
  t.strictSame([...rows.keys()].toSorted(), Object.keys(EXPECTED).toSorted());
  for (const [name, row] of rows) {
    const { kind, path, abstract, bound, reason, state } = EXPECTED[name]!;
    const link = fdLink(threads.pid, callArgument(threads.pid, row.tid!, 1));
    const pid = threads.facts.get(`${name}.peer_pid`);
    const shown = path === undefined ? '' : ` ${abstract ? '@' : ''}${path}`;
    t.equal(row.filename, link);
    t.equal(row.connection, `UNIX-${kind}${shown}${pid === undefined ? '' : ` pid=${pid}`}`, name);
    t.equal(row.conn_state, state, `state of ${name}`);
    t.equal(row.reason, reason, `verdict on ${name}`);
    t.equal(
      JSON.stringify({ ...row.extra_info?.unix }),
      JSON.stringify({
        path,
        abstract,
        bound,
        inode: Number(/\d+/.exec(link)![0]),
        peer_pid: pid,
        peer_inode: threads.facts.get(`${name}.peer_inode`),
        owner_uid: name === 'dgram_of_user' ? OWNER : 0,
      }),
      `more about ${name}`,
    );
  }
});

const noDiag = skip || (unixPeers().size > 0 ? false : 'ss knows no peers: the kernel has no unix_diag');

t.test('a UNIX socket shows the peer that ss shows', { skip: noDiag }, async (t) => {
  const threads = await startThreads(t, 'unix-sockets', ['6f'], { cwd: t.testdir({}) });
  const rows = await sampleThreads(t, threads);
  const peers = unixPeers();
  const pairs = [...rows.values()].map(({ extra_info }) => extra_info!.unix!);
  t.ok(pairs.filter(({ inode }) => peers.has(inode!)).length > 10);
  for (const { inode, peer_inode } of pairs) t.equal(peer_inode, peers.get(inode!));
});

t.test('of two ends of a UNIX connection the one that connected is in the default view', { skip }, async (t) => {
  const threads = await startThreads(t, 'unix-sockets', ['6f'], { cwd: t.testdir({}), wrapper });
  const rows = await sampleThreads(t, threads, []);
  const active = Object.entries(EXPECTED).filter(([, { reason }]) => reason === 'unix_client');
  t.strictSame([...rows.keys()].toSorted(), active.map(([name]) => name).toSorted());
});
