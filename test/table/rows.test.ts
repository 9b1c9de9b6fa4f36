import stringWidth from 'string-width';
import t from 'tap';
import { TableRows } from '../../lib/table/rows.js';
import { COLUMNS, type ColumnName } from '../../lib/schema/columns.js';
import { LAYOUTS } from '../../lib/schema/layouts.js';
import { hostileText, randomNumbers } from '../support/hostile-text.js';

const EVERYTHING: readonly ColumnName[] = COLUMNS.map(({ name }) => name);

const postgres = {
  timestamp: '2026-11-23T01:07:28.350568Z',
  tid: 4242,
  tgid: 4240,
  state: 'DISK',
  username: 'postgres',
  exe: '/usr/lib/postgresql/15/bin/postgres',
  comm: 'checkpointer',
  syscall: 'pwrite64',
};

function linesOf(
  columns: readonly ColumnName[],
  rows: readonly object[],
  { width, color = false }: { width?: number; color?: boolean } = {},
): string[] {
  const table = new TableRows(columns);
  for (const row of rows) table.add(row);
  const text = [...table.take(width, color)].join('');
  t.ok(text.endsWith('\n'));
  return text.slice(0, -1).split('\n');
}

/** Cell at which the text starts in the line, from 0. */
function startOf(line: string, text: string): number {
  const at = line.indexOf(text);
  return at < 0 ? at : stringWidth(line.slice(0, at));
}

/** Rows with hostile texts in all columns. */
function hostileRows(seed: number, count: number): Record<string, unknown>[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      COLUMNS.map(({ name, type }) => {
        const isOdd = random() < 0.1;
        if (type === 'integer' && !isOdd) return [name, Math.floor(random() * 2 ** (random() * 53))];
        if (name === 'state' && !isOdd) return [name, random() < 0.5 ? 'RUN' : 'STOPPED'];
        return [name, random() < 0.1 ? undefined : hostileText(random, name === 'cmdline' ? 200 : 15)];
      }),
    ),
  );
}

t.test('rows stand under a header in upper case', async (t) => {
  t.strictSame(linesOf(LAYOUTS.narrow, [postgres, { tid: 31, tgid: 31, state: 'RUN', exe: '[kernel]' }]), [
    '    TID    TGID STATE   USERNAME EXE                                 COMM            SYSCALL          FILENAME',
    '   4242    4240 DISK    postgres /usr/lib/postgresql/15/bin/postgres checkpointer    pwrite64         -',
    '     31      31 RUN     -        [kernel]                            -               -                -',
  ]);
});

t.test('on a terminal of 80 cells the normal layout is shortened, not cut', async (t) => {
  t.strictSame(linesOf(LAYOUTS.normal, [postgres], { width: 80 }), [
    'TIMESTAMP                    TID TGID STATE USERNA… EXE     COMM   SYSCA… FILEN…',
    '2026-11-23T01:07:28.350568Z 4242 4240 DISK  postgr… …stgres check… pwrit… -',
  ]);
});

t.test('on a very narrow one the line ends at the edge, and what is cut is marked', async (t) => {
  t.strictSame(linesOf(['tid', 'pidns', 'comm'], [{ tid: 7, pidns: 4026531836, comm: 'sh' }], { width: 12 }), [
    'TID    PIDNS',
    '  7 4026531…',
  ]);
});

t.test('wide characters, emoji and combining marks do not move the columns behind them', async (t) => {
  const names = ['sh', '日本語', '👨‍👩‍👧 x', 'e\u0301te\u0301', '\u0301x', '한글', '🇩🇪🇫🇷', 'ｱﾞ', 'שרת'];
  const rows = names.map((comm) => ({ comm, syscall: 'futex' }));
  for (const width of [undefined, 200, 30, 15]) {
    const lines = linesOf(['comm', 'syscall'], rows, width === undefined ? {} : { width });
    const starts = lines.slice(1).map((line) => startOf(line, width === 15 ? 'fut' : 'futex'));
    t.strictSame(new Set(starts), new Set([startOf(lines[0]!, 'SYSCALL')]), `${width} cells`);
  }
});

t.test('numbers end where their header ends', async (t) => {
  const lines = linesOf(
    ['tid', 'comm'],
    [7, 4242, 12_345_678_901].map((tid) => ({ tid, comm: '|' })),
  );
  t.equal(new Set(lines.slice(1).map((line) => line.indexOf('|'))).size, 1);
  t.equal(lines[0]!.indexOf('TID') + 'TID'.length + 1, lines[1]!.indexOf('|'));
});

t.test('a hostile name stays in its row and its column', async (t) => {
  const comm = 'a\n31 RUN\x1b[2J\u202e';
  t.strictSame(linesOf(['comm', 'tid'], [{ comm, tid: 5 }]), [
    'COMM                       TID',
    String.raw`a\n31 RUN\x1b[2J\u202e       5`,
  ]);
});

t.test('values of any kind are shown', async (t) => {
  const odd = { tid: 'x', tgid: { a: 1 }, state: 7, username: null, exe: ['/bin/sh'], comm: true, syscall: '' };
  t.match(linesOf(LAYOUTS.narrow, [odd])[1], /^ +x +\{"a":1\} 7 +- +\["\/bin\/sh"\] +true +-$/);
  t.equal(linesOf(['tid'], [Object.create(null)])[1], '      -');
});

t.test('whatever the values, no line is wider than the terminal and each row is one line', async (t) => {
  const rows = hostileRows(3, 12);
  for (const columns of [LAYOUTS.narrow, LAYOUTS.normal, LAYOUTS.wide, EVERYTHING]) {
    for (let width = 20; width <= 200; width++) {
      for (const color of [false, true]) {
        const lines = linesOf(columns, rows, { width, color });
        const widest = Math.max(...lines.map((line) => stringWidth(line)));
        if (lines.length !== rows.length + 1 || widest > width) t.fail(`${lines.length} lines, ${widest} of ${width}`);
      }
    }
  }
});

t.test('whatever the values, numbers and states are whole on a terminal that is wide enough', async (t) => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ ...postgres, ...hostileRows(n, 1)[0], tid: 4_000_000 + n }));
  const whole = rows.map((row) => ({ ...row, timestamp: postgres.timestamp, tgid: 77, state: 'STOPPED' }));
  for (let width = 82; width <= 200; width++) {
    for (const [at, line] of linesOf(LAYOUTS.normal, whole, { width }).slice(1).entries()) {
      const start = new RegExp(`^${postgres.timestamp} +${4_000_000 + at} +77 STOPPED `);
      if (!start.test(line)) t.match(line, start);
    }
  }
});

t.test('without a terminal nothing is cut', async (t) => {
  const cmdline = `node ${'x'.repeat(4000)} 日本`;
  const lines = linesOf(
    ['cmdline', 'comm'],
    [
      { cmdline, comm: 'node' },
      { cmdline: 'sh', comm: 'sh' },
    ],
  );
  t.equal(lines[1], `${cmdline} node`);
  t.equal(lines[2], `${'sh'.padEnd(256)} sh`);
});

t.test('colour does not move anything', async (t) => {
  const rows = ['RUN', 'RUNQ', 'DISK', 'SLEEP', '0x4010', undefined].map((state) => ({ ...postgres, state }));
  for (const width of [60, 80, 200]) {
    const painted = linesOf(LAYOUTS.normal, rows, { width, color: true });
    // oxlint-disable-next-line no-control-regex -- an ANSI sequence starts with a control
    const plain = painted.map((line) => line.replaceAll(/\x1b\[\d+m/g, ''));
    t.strictSame(plain, linesOf(LAYOUTS.normal, rows, { width }));
    t.equal(painted.filter((line) => line.includes('\x1b')).length, rows.length);
  }
});

t.test('only states are coloured, and only by their whole value', async (t) => {
  const [, row] = linesOf(['comm', 'state'], [{ comm: 'DISK', state: 'RUN' }], { color: true });
  t.equal(row, `${'DISK'.padEnd(15)} \x1b[32mRUN    \x1b[0m`);
});

t.test('columns stay where they are in the next sample', async (t) => {
  const table = new TableRows(['comm', 'tid']);
  const sample = (...names: string[]) => {
    for (const comm of names) table.add({ comm, tid: 1 });
    return [...table.take(100, false)].join('').split('\n');
  };
  const first = sample('a name of twenty-four ch', 'b');
  const second = sample('c');
  t.equal(second[0], first[0]);
  t.strictSame(second, [first[0], first[2]!.replace('b', 'c'), '']);
});

t.test('a sample of many rows is whole and in order', async (t) => {
  const tids = Array.from({ length: 20_000 }, (_, at) => 100 + at);
  const lines = linesOf(
    ['tid', 'comm'],
    tids.map((tid) => ({ tid, comm: tid % 2 ? 'x' : 'サ' })),
    { width: 80 },
  );
  t.strictSame(
    lines.slice(1).map((line) => Number.parseInt(line, 10)),
    tids,
  );
});
