/** What test/workloads/uring-waits.c has in flight, and what its row has to say then. */
import type { Test } from 'tap';
import { checkVerdict, fileOf, runCases, type CaseResult, type CasesResult } from './cases.js';
import { connectionOf } from './socket-table.js';

export interface Request {
  /** A sentence. */
  name: string;
  words: string;
  reason: string;
  /** Of the request that the row shows, which is number `request` of the case. */
  opcode?: string;
  request?: number;
  /** Submitted and not completed; not checked where one request makes several events, or none. */
  inflight?: number;
}

/** Holds the row against the request; its file can be looked up in /proc. */
function checkRequest(t: Test, result: CaseResult, { reason, opcode, request = 0, inflight }: Request): void {
  const { row, pid, told } = result;
  checkVerdict(t, result, reason);
  t.match(row.syscall, /^(i386:)?io_uring_enter$/);
  const uring = row.extra_info?.uring;
  if (inflight !== undefined) t.equal((uring?.submitted ?? 0) - (uring?.completed ?? 0), inflight, 'in flight');
  if (reason === 'sleep') t.equal(row.uringfilename, undefined);
  if (opcode === undefined) return;
  t.equal(uring?.opcode, opcode);
  const fd = told(`fd${request}`);
  if (fd < 0) return;
  const file = fileOf(pid, fd);
  t.match(uring, { fd, file });
  t.equal(row.uringfilename, file);
  const connection = connectionOf(file);
  if (connection !== undefined || !file.startsWith('socket:')) t.equal(row.connection, connection);
}

/** Runs all the requests, and makes a test of each. */
export async function testRequests(
  t: Test,
  requests: readonly Request[],
  others: readonly string[] = [],
): Promise<CasesResult> {
  const results = await runCases(t, 'uring-waits', [...requests.map(({ words }) => words), ...others]);
  for (const request of requests) {
    t.test(request.name, { skip: results.whyNot(request.words) }, (t) => {
      checkRequest(t, results.of(request.words), request);
      t.end();
    });
  }
  return results;
}
