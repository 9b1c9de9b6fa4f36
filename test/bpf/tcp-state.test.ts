/** conn_state: the states of TCP, in the words of ss. */
import t from 'tap';
import { callArgument, fdLink } from '../support/fds.js';
import { sampleThreads, startThreads } from '../support/in-threads.js';
import { bpfSkipReason } from '../support/rights.js';
import { endsOf, socketsByInode } from '../support/ss.js';

const skip = bpfSkipReason();

t.test('a TCP socket shows its state, whatever the call that works on it', { skip }, async (t) => {
  const threads = await startThreads(t, 'tcp-states');
  const rows = await sampleThreads(t, threads);
  const sockets = socketsByInode('-t');
  for (const [name, { syscall, filename, connection, conn_state, extra_info }] of rows) {
    const link = fdLink(threads.pid, callArgument(threads.pid, threads.tids.get(name)!, 1));
    t.equal(syscall, 'fcntl');
    t.equal(filename, link);
    t.equal(conn_state, name.replace(/_.*/, ''), name);
    t.equal(extra_info?.tcp === undefined, name === 'LISTEN', 'all but a listener have more to say');
    // ss does not see a socket without a connection.
    const shown = sockets.get(Number(/\d+/.exec(link)![0]));
    t.equal(shown === undefined, name.startsWith('UNCONN'));
    if (!shown) continue;
    t.equal(conn_state, shown.state, 'so says ss');
    t.equal(connection, `TCP ${endsOf(shown)}`);
  }
  t.equal(rows.size, threads.tids.size);
});
