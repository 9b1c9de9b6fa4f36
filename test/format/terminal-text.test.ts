import stringWidth from 'string-width';
import t from 'tap';
import { cellText, cellWidth, escapeControls, fit, pad } from '../../lib/format/terminal-text.js';
import { hostileText, randomNumbers } from '../support/hostile-text.js';

/** All that a terminal acts on, or does not show. Written down apart from the code that escapes it. */
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const ACTS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

const graphemes = (text: string) => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);

t.test('controls are shown as escapes', async (t) => {
  t.equal(escapeControls('a\nb\tc\rd'), String.raw`a\nb\tc\rd`);
  t.equal(escapeControls('\x1b[31mred\x1b[0m'), String.raw`\x1b[31mred\x1b[0m`);
  t.equal(escapeControls('\0\x07\x7f\x85\x9b2J'), String.raw`\x00\x07\x7f\x85\x9b2J`);
  t.equal(escapeControls('\u2028\u2029'), String.raw`\u2028\u2029`);
});

t.test('what turns the direction of writing is shown as escapes', async (t) => {
  const turns = Array.from('\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069');
  for (const turn of turns) {
    t.equal(escapeControls(`a${turn}b`), `a\\u${turn.charCodeAt(0).toString(16).padStart(4, '0')}b`);
  }
});

t.test('half a surrogate pair is shown as an escape, a whole pair as its character', async (t) => {
  t.equal(escapeControls('\ud83d'), String.raw`\ud83d`);
  t.equal(escapeControls('\ude00\ud83d'), String.raw`\ude00\ud83d`);
  t.equal(escapeControls('\ud83d\ude00'), '😀');
});

t.test('what cannot be seen is shown as an escape', async (t) => {
  t.equal(escapeControls('ro\u200bot'), String.raw`ro\u200bot`);
  t.equal(escapeControls('\ufeffroot\u00ad'), String.raw`\ufeffroot\xad`);
  t.equal(escapeControls('root\u{e0067}'), String.raw`root\u{e0067}`);
  t.equal(escapeControls('ro\u3164o\u034ft'), String.raw`ro\u3164o\u034ft`);
});

t.test('a joiner stays within an emoji only', async (t) => {
  for (const emoji of ['👩‍💻', '👩🏽‍💻', '👨‍👩‍👧', '🏳️‍🌈', '❤️‍🔥']) t.equal(escapeControls(emoji), emoji);
  t.equal(escapeControls('a\u200db'), String.raw`a\u200db`);
  t.equal(escapeControls('👩\u200d'), `👩${String.raw`\u200d`}`);
});

t.test('all other text stays as it is', async (t) => {
  const texts = [
    '',
    ' ',
    '/usr/bin/node',
    'Zoë',
    'naïve cafe\u0301',
    'サーバー',
    'сервер',
    'שרת',
    '한글',
    '\ufffd',
    '\ue0b0',
  ];
  for (const text of [...texts, String.raw`system-getty.slice\x2d`]) t.equal(escapeControls(text), text);
});

t.test('no text acts on a terminal once it is escaped', async (t) => {
  for (let start = 0; start <= 0x10ffff; start += 0x100) {
    const text = Array.from({ length: 0x100 }, (_, at) => `x${String.fromCodePoint(start + at)}`).join('');
    if (ACTS.test(escapeControls(text))) t.fail(`one from U+${start.toString(16)} on passed`);
  }
  const random = randomNumbers(1);
  for (let n = 0; n < 5000; n++) {
    const text = hostileText(random, 12);
    if (ACTS.test(escapeControls(text))) t.fail(JSON.stringify(text));
  }
});

t.test('a missing value is a dash', async (t) => {
  t.equal(cellText(undefined), '-');
  t.equal(cellText(null), '-');
});

t.test('any value makes a text of one line', async (t) => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  const throws = {
    toJSON() {
      throw new Error('no');
    },
  };
  t.equal(cellText(0), '0');
  t.equal(cellText(-1.5), '-1.5');
  t.equal(cellText(2n ** 64n), '18446744073709551616');
  t.equal(cellText(true), 'true');
  t.equal(cellText(''), '');
  t.equal(cellText({ a: ['\u202e'] }), String.raw`{"a":["\u202e"]}`);
  for (const value of [loop, throws, () => 1, Symbol('x'), [1n]]) t.match(cellText(value), /^[a-z]+$/);
});

t.test('wide characters and emoji take two cells, combining marks none', async (t) => {
  t.equal(cellWidth('node'), 4);
  t.equal(cellWidth('日本'), 4);
  t.equal(cellWidth('e\u0301'), 1);
  t.equal(cellWidth('👨‍👩‍👧'), 2);
  t.equal(cellWidth('🇩🇪'), 2);
  t.equal(cellWidth('…'), 1);
});

t.test('a width is the same when it comes again, also after the cache has started anew', async (t) => {
  const names = Array.from({ length: 3000 }, (_, n) => `日本${n}e${'\u0301'.repeat(400)}`);
  const measure = () => names.map((name) => cellWidth(name));
  t.strictSame(measure(), measure());
  t.equal(cellWidth(names[7]!), 6);
});

t.test('a very long text is measured and cut in no time', async (t) => {
  const text = `日${'a😀'.repeat(100_000)}語`;
  t.equal(cellWidth(text), 2 + 3 * 100_000 + 2);
  t.equal(fit(text, 5, 'left', 'start'), '日a… ');
  t.equal(fit(text, 5, 'left', 'end'), '…😀語');
});

t.test('pad fills up and never cuts', async (t) => {
  t.equal(pad('ab', 4, 'left'), 'ab  ');
  t.equal(pad('ab', 4, 'right'), '  ab');
  t.equal(pad('日', 4, 'right'), '  日');
  t.equal(pad('abcde', 4, 'left'), 'abcde');
});

t.test('fit cuts at the end that is not kept', async (t) => {
  t.equal(fit('checkpointer', 8, 'left', 'start'), 'checkpo…');
  t.equal(fit('/usr/lib/postgresql/15/bin/postgres', 14, 'left', 'end'), '…/bin/postgres');
  t.equal(fit('checkpointer', 12, 'left', 'start'), 'checkpointer');
  t.equal(fit('ab', 4, 'right', 'end'), '  ab');
  t.equal(fit('ab', 1, 'left', 'end'), '…');
  t.equal(fit('ab', 0, 'left', 'start'), '');
});

t.test('fit leaves a blank where only half a wide character would fit', async (t) => {
  t.equal(fit('日本語', 4, 'left', 'start'), '日… ');
  t.equal(fit('日本語', 4, 'left', 'end'), '…語 ');
  t.equal(fit('日本語', 4, 'right', 'end'), ' …語');
  t.equal(fit('日本語', 5, 'left', 'start'), '日本…');
});

t.test('fit never splits what a reader sees as one character', async (t) => {
  t.equal(fit('👨‍👩‍👧👨‍👩‍👧', 3, 'left', 'start'), '👨‍👩‍👧…');
  t.equal(fit('👨‍👩‍👧👨‍👩‍👧', 3, 'left', 'end'), '…👨‍👩‍👧');
  t.equal(fit('e\u0301e\u0301e\u0301', 2, 'left', 'start'), 'e\u0301…');
  t.equal(fit('e\u0301e\u0301e\u0301', 2, 'left', 'end'), '…e\u0301');
  t.equal(fit('🇩🇪🇫🇷🇮🇹', 5, 'left', 'end'), '…🇫🇷🇮🇹');
});

t.test('whatever the text, fit gives exactly the width, and as many characters as have room', async (t) => {
  const random = randomNumbers(2);
  for (let n = 0; n < 1000; n++) {
    const text = escapeControls(hostileText(random, 20));
    const width = 1 + Math.floor(random() * 30);
    const keep = random() < 0.5 ? 'start' : 'end';
    const align = random() < 0.5 ? 'left' : 'right';
    const fitted = fit(text, width, align, keep);
    const characters = graphemes(text);
    let expected = text;
    while (stringWidth(expected) > width) {
      if (keep === 'start') characters.pop();
      else characters.shift();
      expected = keep === 'start' ? `${characters.join('')}…` : `…${characters.join('')}`;
    }
    const blanks = ' '.repeat(width - stringWidth(expected));
    const padded = align === 'left' ? expected + blanks : blanks + expected;
    if (fitted !== padded) t.equal(fitted, padded, JSON.stringify({ text, width, keep, align }));
  }
});
