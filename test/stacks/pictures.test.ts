/** Flame graphs as browsers get them: the page's script at work, and no name that breaks the page or the SVG. */
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { Window } from 'happy-dom';
import t, { type Test } from 'tap';
import { flameTree } from '../../lib/stacks/flame-tree.js';
import { html } from '../../lib/stacks/html.js';
import { svg } from '../../lib/stacks/svg.js';
import { anyRecords, both, counted, HEADER, HOSTILE, hashOf, KSTACK, sample, USTACK } from '../support/stacks.js';

const RECORDS = [
  HEADER,
  USTACK,
  KSTACK,
  both(),
  both({ state: 'RUN' }),
  ...HOSTILE.map((comm) => sample({ comm })),
  { ...USTACK, hash: hashOf(8), frames: HOSTILE.map((name) => ({ addr: 'a', name })) },
  sample({ comm: 'last', ustack_hash: hashOf(8) }),
];
const TOTAL = HOSTILE.length + 3;

/** A page whose script has run. */
function open(t: Test, text: string, type: 'html' | 'svg') {
  const settings = {
    enableJavaScriptEvaluation: true,
    suppressInsecureJavaScriptEnvironmentWarning: true,
    disableJavaScriptFileLoading: true,
  };
  const window = new Window({ settings });
  t.teardown(() => window.happyDOM.close());
  const { document } = window;
  if (type === 'html') document.write(text);
  else {
    // The reader of happy-dom that takes XML runs no scripts, and leaves CDATA out.
    const { documentElement: root } = new window.DOMParser().parseFromString(text, 'image/svg+xml');
    document.body.append(document.importNode(root, true));
    window.eval(/<script><!\[CDATA\[(.*)\]\]><\/script>/s.exec(text)![1]!);
  }
  const text_ = (id: string) => document.getElementById(id)!.textContent;
  return {
    window,
    document,
    text: text_,
    names: () => [...document.querySelectorAll('[data-box] title')].map((title) => title.textContent),
    at: (name: string) =>
      [...document.querySelectorAll('[data-box]')].find((box) =>
        box.querySelector('title')!.textContent.startsWith(`${name} (`),
      )!,
    fire: (target: { dispatchEvent(event: unknown): unknown }, kind: string, more: object = {}) =>
      target.dispatchEvent(Object.assign(new window.Event(kind, { bubbles: true, cancelable: true }), more)),
  };
}

for (const type of ['html', 'svg'] as const) {
  t.test(`${type}: zoom, tooltip, search and reset`, async (t) => {
    const tree = flameTree(await counted(RECORDS, { stripOffsets: true }), 'count');
    const page = open(t, type === 'html' ? html(tree) : svg(tree), type);
    const { document, fire, at, text } = page;
    const all = page.names();
    t.equal(all.length, tree.boxes.length / 6);
    t.equal(all[0], `all (${TOTAL} samples, 100.00%; 1 sample on-CPU, ${TOTAL - 1} samples off-CPU)`);

    fire(at('caller').querySelector('rect')!, 'mouseover');
    t.equal(text('details'), `caller (1 sample, ${(100 / TOTAL).toFixed(2)}%; on-CPU)`);
    fire(at('caller').querySelector('rect')!, 'mouseout');
    t.equal(text('details').trim(), '');

    t.equal(document.getElementById('reset')!.getAttribute('class'), 'button idle');
    fire(at('app').querySelector('rect')!, 'click');
    t.equal(document.getElementById('reset')!.getAttribute('class'), 'button');
    t.strictSame(page.names().length, 16, 'what is not of this thread has gone');
    t.equal(at('app').querySelector('rect')!.getAttribute('x'), '0.00');
    fire(document.getElementById('reset')!, 'click');
    t.strictSame(page.names(), all);

    const search = (what: string) => {
      const field = document.getElementById('search') as unknown as { value: string } | null;
      if (field) {
        field.value = what;
        fire(document.getElementById('search')!, 'input');
      } else {
        Object.assign(page.window, { prompt: () => what });
        fire(page.window, 'keydown', { key: 'f', ctrlKey: true });
      }
    };
    search('SCHEDULE|^leaf$');
    t.equal(text('matched'), `${(200 / TOTAL).toFixed(2)}% matched, 2 samples`);
    t.equal(document.querySelectorAll('.hit').length, 4);
    search('operator<<(');
    t.match(text('matched'), / matched, 2 samples$/, 'what is no regular expression is a text');
    fire(page.window, 'keydown', { key: 'Escape' });
    t.equal(text('matched'), '');
    t.equal(document.querySelectorAll('.hit').length, 0);
  });
}

t.test('nothing is loaded from anywhere', async (t) => {
  const page = html(flameTree(await counted(RECORDS), 'us'));
  t.match(page, "default-src 'none'");
  t.strictSame([...page.matchAll(/https?:\/\/[^"' ]*|\b(?:src|href)=/g)].map(String), ['http://www.w3.org/2000/svg']);
});

t.test('no name adds an element to the page, or breaks its data', async (t) => {
  const count = (text: string, what: RegExp) => [...text.matchAll(what)].length;
  await fc.assert(
    fc.asyncProperty(anyRecords, async (records) => {
      const tree = flameTree(await counted(records), 'count');
      const page = html(tree);
      t.equal(count(page, /<script/g), 2);
      t.equal(count(page, /<\/script/g), 2);
      t.equal(count(page, /<!--/g), 0);
      const [, data = ''] = /id="picture">(.*?)<\/script>/s.exec(page)!;
      t.strictSame((JSON.parse(data) as { frames: unknown }).frames, tree.frames);
    }),
  );
});

/** A parser that takes well-formed XML only: Python's expat. */
const CHECK_XML = `
import json, sys, xml.dom.minidom
for text in json.load(sys.stdin):
    document = xml.dom.minidom.parseString(text.encode())
    assert len(document.getElementsByTagName('script')) == 2
    json.loads(document.getElementsByTagName('script')[0].firstChild.data)
print('good')
`;

t.test('the SVG is well-formed, whatever the names', async (t) => {
  const texts = await Promise.all(
    [RECORDS, [HEADER, sample({ weight_us: 0 })], ...fc.sample(anyRecords, 60)].map(async (records) =>
      svg(flameTree(await counted(records), 'us')),
    ),
  );
  const { stdout, stderr } = spawnSync('python3', ['-c', CHECK_XML], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  t.equal(stderr, '');
  t.equal(stdout, 'good\n');
});
