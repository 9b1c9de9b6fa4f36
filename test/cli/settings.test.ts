/** The command line to settings. Mistakes are in test/bin/usage. */
import t from 'tap';
import type { Option } from '../../lib/cli/option.js';
import { OPTIONS } from '../../lib/cli/xcapture/options.js';
import { readOptions } from '../../lib/cli/read-options.js';
import { settingsOf } from '../../lib/cli/xcapture/settings.js';
import { DEFAULT_KEYS, LAYOUTS } from '../../lib/index.js';
import { companyOf, namesOf, valueFor } from '../support/option-values.js';

const parseCommandLine = (argv: readonly string[]) => settingsOf(readOptions('xcapture', OPTIONS, argv));
const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));

t.test('without options it samples all active tasks once a second into a table', async (t) => {
  t.match(parse(''), {
    freq: 1,
    all: false,
    pids: [],
    where: [],
    output: 'table',
    ndjson: false,
    columns: LAYOUTS.normal,
  });
  t.notOk('iterations' in parse(''));
});

t.test('numbers, times and lists are read in every spelling', async (t) => {
  t.match(parse('-F 0.2 -i5 --duration 1.5m'), { freq: 0.2, iterations: 5, durationMs: 90_000 });
  t.match(parse('--freq=1000 --iterations=7 --duration=250ms'), { freq: 1000, iterations: 7, durationMs: 250 });
  t.strictSame(parse('-p 3,1 --pid 2 --pgid=1').pids, [3, 1, 2]);
  t.strictSame(parse('--where tid=1 --where comm=x').where, ['tid=1', 'comm=x']);
  t.match(parse('-aPv'), { all: true, verbose: true });
});

t.test('every spelling of an option means the same', async (t) => {
  for (const option of OPTIONS as readonly Option[]) {
    const { long } = option;
    const value = valueFor(option);
    const company = companyOf(OPTIONS, option);
    const parseWith = (...words: string[]) => parseCommandLine([...company, ...words]);
    const first = value === undefined ? parseWith(`--${long[0]}`) : parseWith(`--${long[0]}`, value);
    t.notSame(first, parseWith(), `--${long[0]} changes something`);
    for (const name of namesOf(option)) {
      t.strictSame(value === undefined ? parseWith(name) : parseWith(name, value), first, name);
      if (value !== undefined) t.strictSame(parseWith(`${name}=${value}`), first, `${name}=${value}`);
    }
  }
});

t.test('of options that are given twice the last one counts', async (t) => {
  t.equal(parse('-i 1 -i 2 --iterations 3').iterations, 3);
});

t.test('-G adds to any layout, and no column comes twice', async (t) => {
  t.strictSame(parse('-n -G cpu,TID').columns, [...LAYOUTS.narrow, 'cpu']);
  t.strictSame(parse('-g tid,tid -G cpu --append-columns host').columns, ['tid', 'cpu', 'host']);
  t.strictSame(parse('--ndjson').columns, DEFAULT_KEYS);
  t.strictSame(parse('--ndjson -G host').columns, [...DEFAULT_KEYS, 'host']);
  t.strictSame(parse('-G uid').columns, [...LAYOUTS.normal, 'uid']);
});

t.test('the last sink in the table is the one without an option', async (t) => {
  t.strictSame(
    ['', '--ndjson', '-o /x', '-o /x --ndjson'].map((line) => parse(line).output),
    ['table', 'ndjson', 'csv', 'ndjson'],
  );
});

t.test('the header gets the options in force by their long names', async (t) => {
  t.strictSame(parse('-a -p 4 -i 2 --where tid=1').headerOptions, {
    iterations: 2,
    all: true,
    pid: [4],
    where: ['tid=1'],
    freq: 1,
  });
  t.strictSame(parse('-F 0.50 -G cpu -G TID -d 7 --duration 5s -t iorq').headerOptions, {
    freq: 0.5,
    duration: '5s',
    'daemon-ports': 7,
    append: 'cpu,TID',
    track: ['iorq'],
  });
});
