import stringWidth from 'string-width';
import t from 'tap';
import { paintLoss, paintState } from '../../lib/table/colors.js';

t.test('states that ask for attention differ from each other and from the rest', async (t) => {
  const painted = ['RUN', 'RUNQ', 'DISK', 'SLEEP'].map((state) => paintState(state, 'x'));
  t.equal(new Set(painted).size, 4);
  t.equal(paintState('ZOMBIE', 'x'), paintState('SLEEP', 'x'));
  t.equal(paintState('0x4010', 'x'), paintState('SLEEP', 'x'));
});

t.test('colour takes no cell and ends with the text', async (t) => {
  for (const painted of [paintState('RUN', 'RUN    '), paintState('-', 'RUN    '), paintLoss('RUN    ')]) {
    t.equal(stringWidth(painted), 7);
    t.ok(painted.endsWith('RUN    \x1b[0m'));
  }
});
