/** What test/workloads/waits.c waits for, and what its row has to say then. */
import type { Test } from 'tap';
import { checkVerdict, fileOf, runCases, type CaseResult, type CasesResult } from './cases.js';
import { connectionOf } from './socket-table.js';

export interface Wait {
  /** A sentence. */
  name: string;
  /** The words of the case. */
  words: string;
  reason: string;
  /** Which descriptor word decides, where one does. */
  decider?: number;
}

/** The descriptors that every call is tried with. */
export const basicWaits = (call: string): Wait[] => [
  { name: `${call} on a TCP client socket shows it`, words: `${call} eventfd client`, reason: 'client', decider: 1 },
  {
    name: `${call} on a client and a listener is listening`,
    words: `${call} client listener`,
    reason: 'listen',
    decider: 1,
  },
  { name: `${call} on events, timers and pipes is sleep`, words: `${call} eventfd timerfd pipe`, reason: 'sleep' },
];

/** What one call of each family is tried with besides. */
export const moreWaits = (call: string): Wait[] =>
  (
    [
      ['on a listener is listening', 'eventfd listener', 'listen', 1],
      ['on a listener of IPv6 is listening', 'pipe listener6 eventfd', 'listen', 1],
      ['on the accepted end of a connection to port 8080 is a daemon', 'server=8080', 'daemon_port', 0],
      ['on a client and on the accepted end at port 8080 is a daemon', 'client server=8080', 'daemon_port', 1],
      ['counts port 10000 as a daemon', 'server=10000', 'daemon_port', 0],
      ['counts port 10001 as a client', 'server=10001', 'client', 0],
      ['on a client that waits for room only is sleep', 'full:out', 'sleep', undefined],
      ['on a client that waits for both shows it', 'eventfd full:inout', 'client', 1],
      ['does not take a socket waited on for writing for one to read from', 'full:out eventfd', 'sleep', undefined],
      ['passes over a client that waits for room on its way to one that reads', 'full:out client', 'client', 1],
      ['on a UDP socket with a high port shows it', 'udp=20000', 'client', 0],
      ['on a UDP socket with a low port is a daemon', 'udp=5300', 'daemon_port', 0],
      ['does not count UNIX sockets', 'unix unixlistener', 'sleep', undefined],
    ] as const
  ).map(([about, descriptors, reason, decider]) => ({
    name: `${call} ${about}`,
    words: `${call} ${descriptors}`,
    reason,
    ...(decider !== undefined && { decider }),
  }));

/** Holds the row of a case against what it waits for; its descriptors can be looked up in /proc. */
function checkWait(t: Test, result: CaseResult, { words, reason, decider }: Wait): void {
  const [call] = words.split(' ');
  const { row, pid, told } = result;
  checkVerdict(t, result, reason);
  t.equal(row.syscall, call);
  const poll = row.extra_info?.poll;
  if (decider === undefined) {
    t.equal(poll?.fd, undefined, 'nothing decides');
    t.equal(row.connection, undefined);
    t.equal(row.filename, call!.includes('epoll') ? fileOf(pid, told('ep')) : undefined);
    return;
  }
  const fd = told(`fd${decider}`);
  const file = fileOf(pid, fd);
  t.equal(poll?.fd, fd);
  t.ok(poll?.fds, 'descriptors were looked at');
  t.equal(row.filename, file);
  t.equal(row.connection, connectionOf(file));
}

/** Runs all the waits, and makes a test of each. */
export async function testWaits(t: Test, waits: readonly Wait[], others: readonly string[] = []): Promise<CasesResult> {
  const results = await runCases(t, 'waits', [...waits.map(({ words }) => words), ...others]);
  for (const wait of waits) {
    t.test(wait.name, { skip: results.whyNot(wait.words) }, (t) => {
      checkWait(t, results.of(wait.words), wait);
      t.end();
    });
  }
  t.equal(results.summary.unreadable, 0, 'every set could be read');
  return results;
}
