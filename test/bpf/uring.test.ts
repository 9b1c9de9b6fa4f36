/** io_uring: threads in io_uring_enter, and what they have in flight. */
import os from 'node:os';
import t from 'tap';
import { checkVerdict } from '../support/cases.js';
import { testRequests, type Request } from '../support/requests.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();

const SILENT = 'silent silent';
const [major = 0, minor = 0] = os.release().split('.').map(Number);
/** Since Linux 6.16 (55c28f431651) a ring counts the requests that it has, and not only their events. */
const noSilent = major * 1000 + minor < 6016 && 'this kernel does not tell such a request from one in flight';

const NOTHING: readonly Request[] = [
  { name: 'a wait with nothing in flight is sleep', words: '', reason: 'sleep', inflight: 0 },
  { name: 'a wait after all has completed is sleep', words: 'done done done', reason: 'sleep', inflight: 0 },
  {
    name: 'what has completed and is not reaped is not in flight',
    words: 'done unreaped',
    reason: 'sleep',
    inflight: 0,
  },
  {
    name: 'entries that the kernel was not told of are not in flight',
    words: 'unsubmitted=3',
    reason: 'sleep',
    inflight: 0,
  },
];

const FILES: readonly Request[] = [
  { name: 'a read of an empty pipe is shown', words: 'read', reason: 'uring', opcode: 'READ', inflight: 1 },
  {
    name: 'the request in flight is shown, not one that has completed',
    words: 'done read done',
    reason: 'uring',
    opcode: 'READ',
    request: 1,
    inflight: 1,
  },
  { name: 'two reads are counted', words: 'read read', reason: 'uring', inflight: 2 },
  { name: 'a timeout is shown', words: 'timeout', reason: 'uring', opcode: 'TIMEOUT', inflight: 1 },
  {
    name: 'an event of another ring does not stand for a request of this one',
    words: 'read message',
    reason: 'uring',
    opcode: 'READ',
  },
];

const SOCKETS: readonly Request[] = [
  { name: 'a receive on a TCP client is a client', words: 'recv', reason: 'client', opcode: 'RECV', inflight: 1 },
  {
    name: 'a receive on the accepted end at port 8080 is a daemon',
    words: 'recv-server=8080',
    reason: 'daemon_port',
    opcode: 'RECV',
    inflight: 1,
  },
  {
    name: 'a receive on a UDP socket with a high port is a client',
    words: 'recv-udp',
    reason: 'client',
    opcode: 'RECV',
    inflight: 1,
  },
  {
    name: 'a receive on an end of a UNIX socket pair is a UNIX client',
    words: 'recv-unix',
    reason: 'unix_client',
    opcode: 'RECV',
    inflight: 1,
  },
  { name: 'a read of a TCP client is the same', words: 'read-client', reason: 'client', opcode: 'READ', inflight: 1 },
  { name: 'and so is a recvmsg', words: 'recvmsg', reason: 'client', opcode: 'RECVMSG', inflight: 1 },
  { name: 'and so is a receive by a worker', words: 'recv!', reason: 'client', opcode: 'RECV', inflight: 1 },
  {
    name: 'a send to a client that has no room is a request',
    words: 'send',
    reason: 'uring',
    opcode: 'SEND',
    inflight: 1,
  },
  { name: 'an accept is listening', words: 'accept', reason: 'listen', opcode: 'ACCEPT', inflight: 1 },
  {
    name: 'one accept for all connections, some of which have come, is listening',
    words: 'accept-many',
    reason: 'listen',
    opcode: 'ACCEPT',
  },
  {
    name: 'the same with events that nobody has reaped',
    words: 'accept-many unreaped',
    reason: 'listen',
    opcode: 'ACCEPT',
  },
  {
    name: 'one receive for all that comes, some of which has come, is a client',
    words: 'recv-many',
    reason: 'client',
    opcode: 'RECV',
  },
  { name: 'receive and accept together are listening', words: 'recv accept', reason: 'listen', inflight: 2 },
  {
    name: 'receives on a client and at port 8080 are a daemon',
    words: 'recv recv-server=8080',
    reason: 'daemon_port',
    inflight: 2,
  },
  { name: 'a receive and a read are requests', words: 'recv read', reason: 'uring', inflight: 2 },
  { name: 'an accept and a timeout are requests', words: 'accept timeout', reason: 'uring', inflight: 2 },
];

t.test('io_uring_enter', { skip }, async (t) => {
  const results = await testRequests(t, [...NOTHING, ...FILES, ...SOCKETS], [SILENT, 'poll', 'registered-recv']);

  t.test('a request that ended without an event is not in flight', { skip: noSilent }, (t) => {
    checkVerdict(t, results.of(SILENT), 'sleep');
    t.end();
  });

  t.test('the queues are counted', (t) => {
    t.match(results.of('unsubmitted=3').row.extra_info?.uring, { sq: 3, cq: 0 });
    t.match(results.of('done unreaped').row.extra_info?.uring, { sq: 0, cq: 1 });
    t.end();
  });

  t.test('a read of what has no position shows its length', (t) => {
    t.match(results.of('read').row.extra_info?.uring, { offset: undefined, len: 4096 });
    t.end();
  });

  t.test('a receive by the index of a registered socket is a client', (t) => {
    checkVerdict(t, results.of('registered-recv'), 'client');
    t.match(results.of('registered-recv').row, {
      uringfilename: /^socket:/,
      connection: /^TCP 127.*->127/,
      extra_info: { uring: { opcode: 'RECV', reg_idx: 2, fd: undefined } },
    });
    t.end();
  });

  t.test('a poll of a socket is a request, or a client', (t) => {
    const { pid, row, shown } = results.of('poll');
    t.match(row.reason, /^(uring|client)$/);
    t.strictSame(shown, [pid]);
    t.equal(row.extra_info?.uring?.opcode, 'POLL_ADD');
    t.end();
  });
});
