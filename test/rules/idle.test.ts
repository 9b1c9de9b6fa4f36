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

t.test('every verdict but active is idle', async (t) => {
  for (const { name } of REASONS) t.equal(isIdle(name), name !== 'active');
});
