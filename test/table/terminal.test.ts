import t from 'tap';
import { terminalOf } from '../../lib/table/terminal.js';

const screen = { isTTY: true, columns: 120 };

t.test('a terminal has its own width and shows colour', async (t) => {
  t.strictSame(terminalOf(screen, { TERM: 'xterm', COLUMNS: '40' }), { width: 120, color: true });
  t.strictSame(terminalOf(screen, {}), { width: 120, color: true });
});

t.test('a file or a pipe is never coloured and as wide as COLUMNS says', async (t) => {
  t.strictSame(terminalOf({}, { TERM: 'xterm' }), { width: undefined, color: false });
  t.strictSame(terminalOf({ isTTY: false, columns: 80 }, {}), { width: undefined, color: false });
  t.strictSame(terminalOf({}, { COLUMNS: '132' }), { width: 132, color: false });
});

t.test('NO_COLOR counts when it is not empty', async (t) => {
  t.equal(terminalOf(screen, { NO_COLOR: '1' }).color, false);
  t.equal(terminalOf(screen, { NO_COLOR: '0' }).color, false);
  t.equal(terminalOf(screen, { NO_COLOR: '' }).color, true);
});

t.test('a dumb terminal is not coloured', async (t) => {
  t.strictSame(terminalOf(screen, { TERM: 'dumb' }), { width: 120, color: false });
});

t.test('a terminal that does not know its width takes that of COLUMNS', async (t) => {
  t.equal(terminalOf({ isTTY: true, columns: 0 }, { COLUMNS: '100' }).width, 100);
  t.equal(terminalOf({ isTTY: true, columns: 0 }, {}).width, undefined);
  t.equal(terminalOf({ isTTY: true }, {}).width, undefined);
});

t.test('only a positive integer is a width', async (t) => {
  for (const COLUMNS of ['', '0', '000', '-80', '80.5', '1e3', ' 80', '80 columns', 'wide', '0x50']) {
    t.equal(terminalOf({}, { COLUMNS }).width, undefined, JSON.stringify(COLUMNS));
  }
});
