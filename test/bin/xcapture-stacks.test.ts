/** The real program: a pipe, files and recorded directories to each format; bad input and bad options. */
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { XCAPTURE_STACKS } from '../support/paths.js';
import { readProfile } from '../support/pprof.js';
import { folder, recordInto, UTC } from '../support/recording.js';
import { writeOriginal } from '../support/original.js';
import { both, hashOf, HEADER, KSTACK, linesOf, sample, USTACK } from '../support/stacks.js';
import { runXcapture, startXcapture } from '../support/xcapture.js';

const run = async (t: Test, args: readonly string[], input: string | Buffer = '') => {
  const { status, stdout, stderr } = await runXcapture(t, args, { program: XCAPTURE_STACKS, input });
  return { status, stdout, text: stdout.toString(), stderr };
};
const RECORDS = [
  HEADER,
  USTACK,
  KSTACK,
  both({ state: 'RUN', syscall: 'read', username: 'root' }),
  both({ state: 'DISK', syscall: 'read', username: 'root' }),
  sample({ comm: 'other', kstack_hash: hashOf(9) }),
  { type: 'later', x: 1 },
  { type: 'syscend', tid: 1 },
];
const INPUT = linesOf(RECORDS);
const USER = 'main+0x40;caller+0x8;inner_[i];leaf+0x12';
const KERNEL = 'do_syscall_64+0x55_[k];vfs_read+0x9_[k];schedule+0x1a_[k]';
const STRIPPED = 'main;caller;inner_[i];leaf;do_syscall_64_[k];vfs_read_[k];schedule_[k]';

t.test('a pipe is folded by thread name', async (t) => {
  t.match(await run(t, [], INPUT), {
    status: 0,
    stderr: '',
    text: `app;${USER};${KERNEL} 2\nother;[kstack 0000000000000009] 1\n`,
  });
});

t.test('columns at the root, one side only, conditions, weights and offsets', async (t) => {
  const other = 'other;[kstack 0000000000000009]';
  for (const [args, text] of [
    [
      ['--by', 'state,syscall', '--kernel'],
      `DISK;read;${KERNEL} 1\nRUN;read;${KERNEL} 1\nSLEEP;[no syscall];${other.slice(6)} 1\n`,
    ],
    [['--user'], `app;${USER} 2\nother;[no user stack] 1\n`],
    [['--both', '--strip-offsets', '--weight', 'us'], `app;${STRIPPED} 100000\n${other} 50000\n`],
    [['--where', 'state~^(RUN|SLEEP)$', '--where', 'comm!=other'], `app;${USER};${KERNEL} 1\n`],
    [['--by', ' USER , Comm', '--where', 'comm=other'], `[no username];${other} 1\n`],
  ] as [string[], string][]) {
    t.match(await run(t, args, INPUT), { status: 0, stderr: '', text }, args.join(' '));
  }
});

t.test('files are read one after the other, also one whose last line is open', async (t) => {
  const files = ['a', 'b'].map((name) => join(folder(t), name));
  writeFileSync(files[0]!, INPUT.trimEnd());
  writeFileSync(files[1]!, linesOf([HEADER, sample({ comm: 'last', kstack_hash: hashOf(2) })]));
  const { status, text, stderr } = await run(t, files);
  t.strictSame([status, stderr], [0, '']);
  t.match(text, 'last;[kstack 0000000000000002] 1\n', 'the hash of another run');
});

t.test('every format comes out of the same counts', async (t) => {
  const args = ['--by', 'state,comm', '--weight', 'us', '--format'];
  const of = async (format: string) => {
    const { status, stderr, stdout, text } = await run(t, [...args, format], INPUT);
    t.strictSame([status, stderr], [0, ''], format);
    return { stdout, text };
  };
  const { types, samples } = readProfile((await of('pprof')).stdout);
  t.strictSame(types, ['samples/count', 'time/microseconds']);
  t.strictSame(
    samples.map(({ values, labels }) => [values[1], labels['state'], labels['comm'], labels['on_cpu']]),
    [
      [50_000, 'RUN', 'app', 'true'],
      [50_000, 'DISK', 'app', 'false'],
      [50_000, 'SLEEP', 'other', 'false'],
    ],
  );
  const file = JSON.parse((await of('speedscope')).text) as { profiles: { endValue: number }[] };
  t.equal(file.profiles[0]!.endValue, 150_000);
  t.match(
    (await of('svg')).text,
    /^<\?xml [^]*<title>all \(150\.00 ms, 100\.00%; 50\.00 ms on-CPU, 100\.00 ms off-CPU\)/,
  );
  t.match((await of('html')).text, /^<!doctype html>\n[^]*<title>all \(150\.00 ms/);
  t.match((await of('folded')).text, 'DISK;app;main+0x40');
});

t.test('a recorded directory gives the same as the stream, over hours and from Parquet', async (t) => {
  const hour = (number: number, records: object[]) =>
    records.map((record) => ({ ...record, timestamp: `2026-11-23T0${number}:00:00.000000Z` }));
  const rows = [both(), both({ state: 'RUN' }), sample({ comm: 'b;c\n1', kstack_hash: hashOf(2) })];
  const stacks = [HEADER, { ...USTACK, frames: USTACK.frames.map(({ addr }) => ({ addr })) }, KSTACK];
  const batches = [[...stacks, ...hour(1, rows)], hour(2, rows), [...stacks, ...hour(3, rows)]];
  const expected = await run(t, ['--by', 'state,comm'], linesOf(batches.flat()));
  t.equal(expected.text.split('\n').length, 4);
  for (const compress of [false, true]) {
    const directory = folder(t);
    await recordInto(directory, batches, { ...UTC, compress });
    const { status, stderr, text } = await run(t, ['-i', directory, '--by', 'state,comm']);
    t.strictSame([status, stderr, text], [0, '', expected.text]);
  }
});

t.test('stacks that were not symbolized are addresses, in a directory, too', async (t) => {
  const directory = folder(t);
  const bare = {
    type: 'kstack',
    hash: hashOf(2),
    frames: [{ addr: 'ffffffff81000001' }, { addr: 'ffffffff81000002' }],
  };
  await recordInto(directory, [[HEADER, bare, sample({ kstack_hash: hashOf(2) })]]);
  t.match(await run(t, ['-i', directory]), {
    status: 0,
    text: 'app;0xffffffff81000002_[k];0xffffffff81000001_[k] 1\n',
  });
});

t.test(
  'what the original has recorded is read: its quotes, its missing values, stacks of an earlier hour',
  async (t) => {
    const directory = folder(t);
    writeOriginal(directory);
    const files = "/usr/bin/it's, here;/tmp/a, 'b'.txt;[no extra_info]";
    const kernel = 'vfs_read+0x9_[k];schedule+0x1a_[k]';
    t.match(await run(t, ['-i', directory, '--by', 'state,comm,exe,filename,extra_info']), {
      status: 0,
      stderr: '',
      text: [
        `DISK;it's;${files};main+0x4;std::map<int, char>::find(int, char)+0x10;${kernel} 1`,
        `RUN;x,y;${files};[ustack 00000000000000b2];${kernel} 1`,
        `SLEEP;x,y;${files};[no stack] 1`,
        '',
      ].join('\n'),
    });
    appendFileSync(join(directory, 'xcapture_samples_2025-10-04.05.csv'), "a row,'that is none'\ntorn");
    const { status, stderr, text } = await run(t, ['-i', directory, '--weight', 'us', '--user']);
    t.equal(status, 3);
    t.match(stderr, /row 3 of xcapture_samples_2025-10-04\.05 is no record and was left out: 2 fields instead of 28\n/);
    t.match(text, 'x,y;[no user stack] 1000000\n');
  },
);

t.test('lines that are no records are named and counted, and the others make the picture', async (t) => {
  const { status, stderr, text } = await run(t, [], `${INPUT}{"type":\n[1]\n${linesOf([both()])}`);
  t.equal(status, 3);
  t.match(
    stderr,
    /^xcapture-stacks: line 9 is no record and was left out: [^]*\nxcapture-stacks: 2 lines were no records\n$/,
  );
  t.match(text, `app;${USER};${KERNEL} 3\n`);
  t.match(await run(t, [], 'x\ny\n'), { status: 1, text: '', stderr: /nothing in the input is a record; is it what / });
});

t.test('an empty picture says why', async (t) => {
  t.match(await run(t, [], linesOf([HEADER])), {
    status: 0,
    text: '',
    stderr: 'xcapture-stacks: there are no samples\n',
  });
  const { status, stderr, text } = await run(t, ['--where', 'comm=x', '--format', 'html'], INPUT);
  t.match([status, stderr], [0, 'xcapture-stacks: no sample is left by --where\n']);
  t.match(text, 'no samples');
  const weightless = linesOf([HEADER, sample({ weight_us: undefined })]);
  t.match(await run(t, ['--weight', 'us'], weightless), {
    status: 0,
    stderr: /1 samples have no weight_us and count as 0/,
  });
});

t.test('the command line', async (t) => {
  const directory = folder(t);
  for (const [args, message] of [
    [['--fromat', 'svg'], /^xcapture-stacks: unknown option --fromat; did you mean --format\?\n$/],
    [['--format', 'foldet'], /--format foldet is not known; did you mean folded\?/],
    [
      ['--format', 'flamescope-x'],
      /--format flamescope-x is not known; there are folded, svg, html, speedscope, pprof\n/,
    ],
    [['--weight', 'uss'], /--weight uss is not known; did you mean us\?/],
    [['--by', 'sate'], /there is no column sate; did you mean state\?/],
    [['--by', ''], /--by wants an argument: COLS/],
    [['--kernel', '--user'], /--kernel and --user conflict; give one of them/],
    [['--where', 'stat=x'], /there is no column stat; did you mean state\?/],
    [['--where', 'x'], /--where x is no condition/],
    [['-i', directory, 'file'], /-i \S+ and file conflict/],
    [[directory], /is a directory; -i \S+ reads what is recorded in it/],
  ] as [string[], RegExp][]) {
    t.match(await run(t, args, INPUT), { status: 2, stderr: message, text: '' }, args.join(' '));
  }
  t.match(await run(t, ['-i', directory]), { status: 1, stderr: /has no recording/ });
  t.match(await run(t, ['-i', join(directory, 'none')]), { status: 1, stderr: /cannot scandir \S+none: ENOENT\n$/ });
  t.match(await run(t, [join(directory, 'none')]), { status: 1, stderr: /none: ENOENT\n$/ });
  t.match(await run(t, ['--help']), {
    status: 0,
    text: /^Usage: xcapture-stacks [^]*--strip-offsets [^]*Exit status: /,
  });
  t.match(await run(t, ['-V']), { status: 0, text: /^xcapture-stacks \d/ });
});

t.test('a reader that goes away is no failure', async (t) => {
  const rows = Array.from({ length: 20_000 }, (_, index) => sample({ comm: `thread with a long name ${index}` }));
  for (const format of ['folded', 'html', 'speedscope']) {
    const child = startXcapture(t, ['--format', format], {
      program: XCAPTURE_STACKS,
      input: linesOf([HEADER, ...rows]),
    });
    child.stdout!.once('data', () => child.stdout!.destroy());
    let stderr = '';
    child.stderr!.on('data', (text: Buffer) => (stderr += text.toString()));
    const [status] = (await once(child, 'close')) as [number];
    t.strictSame([status, stderr], [0, ''], format);
  }
});

t.test('the first signal ends a live stream with what has come', async (t) => {
  const child = startXcapture(t, [], { program: XCAPTURE_STACKS, isOpen: true });
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // What is told of the line without a record tells that the lines before it have been read.
  child.stderr!.once('data', () => child.kill('SIGINT'));
  child.stdin!.write(`${INPUT}no record\n{"type":"sam`);
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  t.strictSame([status, signal], [3, null]);
  t.match(text, `app;${USER};${KERNEL} 2\n`);
});
