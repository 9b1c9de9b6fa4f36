/** io_uring: rings of every make, and which of several the wait is for. */
import t from 'tap';
import { testRequests, type Request } from '../support/requests.js';
import { bpfSkipReason } from '../support/rights.js';

const skip = bpfSkipReason();

/** How a ring can be made, and how it is entered. */
const MAKES = {
  sqe128: 'with long entries',
  cqe32: 'with long events',
  no_sqarray: 'without an array of entries',
  no_mmap: 'in memory of the program',
  defer: 'with deferred work',
  sqpoll: 'with a thread that submits',
  registered: 'entered by its index',
  fd_only: 'without a descriptor',
  high: 'with a descriptor above 1023',
  i386: 'entered by a 32-bit call',
  thread: 'whose requests another thread submits',
} as const;

const RINGS: readonly Request[] = Object.entries(MAKES).flatMap(([word, about]) => [
  {
    name: `a ring ${about}: a read`,
    words: `${word} done read`,
    reason: 'uring',
    opcode: 'READ',
    request: 1,
    inflight: 1,
  },
  { name: `a ring ${about}: an accept`, words: `${word} accept`, reason: 'listen', opcode: 'ACCEPT', inflight: 1 },
  { name: `a ring ${about}: nothing in flight`, words: `${word} done`, reason: 'sleep', inflight: 0 },
]);

const OTHERS: readonly Request[] = [
  {
    name: 'a wait for a ring with nothing in flight is sleep, though another ring has a read',
    words: 'elsewhere',
    reason: 'sleep',
    inflight: 0,
  },
  {
    name: 'requests of another ring do not decide',
    words: 'elsewhere recv',
    reason: 'client',
    opcode: 'RECV',
    inflight: 1,
  },
  {
    name: 'one accept for all connections, with deferred work',
    words: 'defer accept-many',
    reason: 'listen',
    opcode: 'ACCEPT',
  },
  {
    name: 'one receive for all that comes, with deferred work',
    words: 'defer recv-many',
    reason: 'client',
    opcode: 'RECV',
  },
];

t.test('rings', { skip }, (t) => testRequests(t, [...RINGS, ...OTHERS]));
