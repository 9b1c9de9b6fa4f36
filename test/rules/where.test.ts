/** Conditions of --where. */
import t from 'tap';
import { parseWhere } from '../../lib/rules/where.js';
import type { SampleRecord } from '../../lib/index.js';

const row: SampleRecord = { type: 'sample', tid: 42, state: 'DISK', comm: 'a=b~c', exe: '/bin/x\ny' };
const holds = (expression: string) => parseWhere(expression).holds(row);

t.test('values are compared as the text that is shown', async (t) => {
  t.ok(holds('tid=42'));
  t.notOk(holds('tid=4'));
  t.ok(holds('state!=RUN'));
  t.notOk(holds('state!=DISK'));
  t.ok(holds('STATE=DISK'), 'the case of the column does not matter');
  t.notOk(holds('comm=A=B~C'), 'that of the value does');
  t.ok(holds('comm=a=b~c'), 'the first operator counts');
});

t.test('a regular expression matches anywhere, also in text with newlines', async (t) => {
  t.ok(holds('exe~bin/.\\n'));
  t.ok(holds('state~^D'));
  t.notOk(holds('state~^I'));
});

t.test('a missing value is the empty text, and matches no regular expression', async (t) => {
  t.ok(holds('syscall='));
  t.ok(holds('syscall!=read'));
  t.notOk(holds('syscall~.*'));
});

t.test('what is no condition says so', async (t) => {
  for (const bad of ['', 'state', '=x', '!state']) t.throws(() => parseWhere(bad), { code: 'XCAP_USAGE' });
  t.throws(() => parseWhere('stat=x'), { code: 'XCAP_USAGE', hint: /did you mean state/ });
  t.throws(() => parseWhere('comm~['), { code: 'XCAP_USAGE', message: /Invalid regular expression/ });
});

t.test('a value that its column never has is a mistake, and the nearest one is named', async (t) => {
  for (const [expression, hint] of [
    ['state=disk', 'did you mean DISK?'],
    ['state!=slep', 'did you mean SLEEP?'],
    ['STATE=OTHER', /^it is one of RUN, RUNQ, .*, WAKING$/],
    ['state= DISK', 'did you mean DISK?'],
    ['reason=Zombies', 'did you mean zombie?'],
    ['reason=0x10', /^it is one of active, kthread, /],
  ] as const) {
    t.throws(() => parseWhere(expression), { code: 'XCAP_USAGE', hint }, expression);
  }
  for (const good of ['state=', 'state!=', 'state=0x4010', 'state~disk', 'reason=daemon_port', 'comm=disk']) {
    t.doesNotThrow(() => parseWhere(good), good);
  }
});
