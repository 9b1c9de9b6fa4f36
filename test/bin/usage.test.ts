/** Mistakes on the command line: one line on stderr that names the culprit, status 2, nothing else. */
import os from 'node:os';
import t from 'tap';
import { OPTIONS } from '../../lib/cli/xcapture/options.js';
import { brokenRules, validLines } from '../support/option-values.js';
import { XCAPTURE, XCAPTURE_CSV, XCAPTURE_STACKS } from '../support/paths.js';
import { runXcapture } from '../support/xcapture.js';

const MISTAKES: [args: string[], line: RegExp][] = [
  [['--alll'], /unknown option --alll; did you mean --all\?/],
  [['--no-all'], /unknown option --no-all/],
  [['--freq=1', '--no-freq'], /unknown option --no-freq/],
  [['-x'], /unknown option -x/],
  [['-ax'], /unknown option -x/],
  [['-a1'], /unknown option -1/],
  [['-anF'], /-F wants an argument/],
  [['-t', 'syscal'], /-t cannot track syscal; did you mean syscall\?/],
  [['-t', 'syscall,'], /-t cannot track ''/],
  [['--track', ''], /-t wants an argument: WHAT/],
  [['-P', '-t', 'syscall'], /-P attaches no tracepoint, and -t needs some; leave one of them out/],
  [['--passive', '--track-all'], /-P attaches no tracepoint, and -T needs some/],
  [['-P', '-Y'], /-P attaches no tracepoint, and -Y needs some/],
  [['-Y', '--track-light'], /-Y reads payloads in tracepoints, and --track-light has none/],
  [['-o', '/x', '-w'], /-o records the same columns always, -w cannot change them; -G adds columns/],
  [['--retain', '7d'], /--retain is for a recording; add -o DIR/],
  [['-o', '/x', '--retain', '7y'], /--retain wants an age such as 36h or 7d, or a size such as 500M or 20G, not 7y/],
  [['--from', '2026-11-23'], /--from is for a replay; add --replay DIR/],
  [['--replay', '-', '--to', 'noon'], /--to wants a time such as 2026-11-23T01:00, .*, not noon/],
  [['--all=yes'], /--all takes no argument/],
  [['extra'], /unexpected argument extra/],
  [[''], /unexpected argument ''/],
  [['-F', '0'], /-F wants a number .* not 0/],
  [['-F', '1001'], /-F wants a number .* not 1001/],
  [['-F', 'fast'], /-F wants a number .* not fast/],
  [['-F', '-1'], /-F wants an argument|unknown option -1/],
  [['-F'], /-F wants an argument: HZ/],
  [['--freq', '0x10'], /-F wants a number .* not 0x10/],
  [['-i', '0'], /-i wants a whole number above 0, not 0/],
  [['-i', '1.5'], /-i wants a whole number above 0, not 1\.5/],
  [['-i', '-5'], /-i wants an argument|unknown option -5/],
  [['-i', '99999999999999999'], /-i wants a whole number above 0, not 9+/],
  [['--iterations='], /-i wants an argument: N/],
  [['-p', '12,x'], /-p wants a whole number above 0, not x/],
  [['-p', '1', '--pid', '0'], /-p wants a whole number above 0, not 0/],
  [['--pgid', ''], /-p wants an argument/],
  [['--duration', '10'], /--duration wants a time such as 30s, 10m or 2h, not 10/],
  [['--duration', '0s'], /--duration wants a time .* not 0s/],
  [['--duration', '9999999h'], /--duration wants a time .* not 9999999h/],
  [['-n', '-w'], /-n and -w are two layouts/],
  [['-w', '-g', 'tid'], /-w and -g are two layouts/],
  [['--wide-output', '--narrow'], /-n and -w are two layouts/],
  [['-g', 'tid,exee'], /there is no column exee; did you mean exe\?/],
  [['-g', 'tid,'], /there is no column ''/],
  [['-G', 'nonsense'], /there is no column nonsense/],
  [['-g', ''], /-g wants an argument: COLS/],
  [['--where', 'state'], /--where state is no condition/],
  [['--where', 'tid=1', '--where', 'stat=RUN'], /there is no column stat; did you mean state\?/],
  [['--where', 'comm~('], /--where comm~\(: Invalid regular expression/],
  [['--where', 'state=disk'], /--where state=disk: state is never disk; did you mean DISK\?/],
  [['--where', 'reason!=activ'], /--where reason!=activ: reason is never activ; did you mean active\?/],
  [['--replay', ''], /--replay wants an argument: FILE/],
];

t.test('a mistake is one line that names the culprit, and nothing else happens', async (t) => {
  const left = MISTAKES.values();
  const next = async (): Promise<void> => {
    for (const [args, line] of left) {
      // --list would print something.
      const { status, stdout, stderr } = await runXcapture(t, [...args, '--list']);
      t.equal(status, 2, args.join(' '));
      t.equal(stdout.length, 0);
      t.match(stderr, line);
      t.match(stderr, /^xcapture: [^\n]+\n$/);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, next));
});

t.test('what was typed cannot act on the terminal', async (t) => {
  const { status, stderr } = await runXcapture(t, ['--\u001b[2J\n\u009b']);
  t.equal(status, 2);
  t.match(stderr, /^xcapture: unknown option --\\x1b\[2J\\n\\x9b; /);
});

t.test('every long name is accepted, and every short one', async (t) => {
  for (const args of validLines(OPTIONS)) {
    // Of the options that print something --help comes first, so that nothing else is carried out.
    const { status, stdout, stderr } = await runXcapture(t, [...args, '--help']);
    t.equal(stderr, '', args.join(' '));
    t.equal(status, 0);
    t.match(stdout.toString(), /^Usage: xcapture /);
  }
});

t.test('what an option needs, or does not go with, is said with the remedy', async (t) => {
  for (const { args, error } of brokenRules(OPTIONS)) {
    const { status, stderr } = await runXcapture(t, [...args, '--list']);
    t.equal(status, 2, args.join(' '));
    t.equal(stderr, `xcapture: ${error}`);
  }
});

t.test('no line of a help is longer than 100 columns', async (t) => {
  for (const program of [XCAPTURE, XCAPTURE_CSV, XCAPTURE_STACKS]) {
    const { stdout } = await runXcapture(t, ['--help'], { program });
    const lines = stdout.toString().split('\n');
    t.strictSame(
      lines.filter((line) => line.length > 100),
      [],
    );
  }
});
