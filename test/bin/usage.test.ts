/** Mistakes on the command line: one line on stderr that names the culprit, status 2, nothing else. */
import t from 'tap';
import { OPTIONS, type Option } from '../../lib/cli/options.js';
import { runXcapture } from '../support/xcapture.js';

const MISTAKES: [args: string[], line: RegExp][] = [
  [['--alll'], /unknown option --alll; did you mean --all\?/],
  [['--no-all'], /unknown option --no-all/],
  [['-x'], /unknown option -x/],
  [['-ax'], /unknown option -x/],
  [['-a1'], /unknown option -1/],
  [['-anF'], /-F wants an argument/],
  [['--track', 'syscall'], /unknown option --track/],
  [['--all=yes'], /--all takes no argument/],
  [['extra'], /unexpected argument extra/],
  [['-F', '0'], /-F wants a number .* not 0/],
  [['-F', '1001'], /-F wants a number .* not 1001/],
  [['-F', 'fast'], /-F wants a number .* not fast/],
  [['-F'], /-F wants an argument: HZ/],
  [['--freq', '0x10'], /-F wants a number .* not 0x10/],
  [['-i', '0'], /-i wants a whole number above 0, not 0/],
  [['-i', '1.5'], /-i wants a whole number above 0, not 1\.5/],
  [['-i', '-5'], /-i wants an argument|unknown option -5/],
  [['-p', '12,x'], /-p wants a whole number above 0, not x/],
  [['--duration', '10'], /--duration wants a time such as 30s, 10m or 2h, not 10/],
  [['--duration', '0s'], /--duration wants a time .* not 0s/],
  [['-n', '-w'], /-n and -w are two layouts/],
  [['-w', '-g', 'tid'], /-w and -g are two layouts/],
  [['-g', 'tid,exee'], /there is no column exee; did you mean exe\?/],
  [['-G', 'filename'], /there is no column filename/],
  [['-g', ''], /-g wants an argument: COLS/],
  [['--where', 'state'], /--where state is no condition/],
  [['--where', 'stat=RUN'], /there is no column stat; did you mean state\?/],
  [['--where', 'comm~('], /--where comm~\(: Invalid regular expression/],
];

t.test('a mistake is one line that names the culprit, and nothing else happens', async (t) => {
  for (const [args, line] of MISTAKES) {
    const { status, stdout, stderr } = await runXcapture(t, [...args, '--list']);
    t.equal(status, 2, args.join(' '));
    t.equal(stdout.length, 0);
    t.match(stderr, line);
    t.match(stderr, /^xcapture: [^\n]+\n$/);
  }
});

t.test('what was typed cannot act on the terminal', async (t) => {
  const { status, stderr } = await runXcapture(t, ['--\u001b[2J\n\u009b']);
  t.equal(status, 2);
  t.match(stderr, /^xcapture: unknown option --\\x1b\[2J\\n\\x9b; /);
});

t.test('every long name is accepted, and every short one', async (t) => {
  const values: Record<string, string> = {
    HZ: '2',
    N: '3',
    TIME: '5s',
    'PID[,PID…]': '1',
    COLS: 'TID, comm',
    EXPR: 'tid=1',
    FILE: 'x',
  };
  const spellings = (OPTIONS as readonly Option[]).flatMap(({ short, long, argument }) =>
    [...long.map((name) => `--${name}`), ...(short ? [`-${short}`] : [])].map((name) =>
      argument ? [name, values[argument]!] : [name],
    ),
  );
  for (const spelling of spellings) {
    // --version comes before what an option does, so each is parsed and none is carried out.
    const { status, stderr } = await runXcapture(t, [...spelling, '--version']);
    t.equal(stderr, '', spelling.join(' '));
    t.equal(status, 0);
  }
});
