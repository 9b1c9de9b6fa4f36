/** The documents agree with the tree: its folders are on the map, and links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const MAP = read('ARCHITECTURE.md');

function foldersBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'target')
    .flatMap(({ name }) => [`${folder}/${name}`, ...foldersBelow(`${folder}/${name}`)]);
}

const documentsIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** As GitHub makes them of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

t.test('every folder of lib, native and bpf is on the map', async (t) => {
  for (const folder of ['lib', 'native', 'bpf'].flatMap((name) => [name, ...foldersBelow(name)])) {
    t.match(MAP, `| \`${folder}\` |`, folder);
  }
});

t.test('every test folder is in the table of tests', async (t) => {
  for (const folder of foldersBelow('test')) t.match(read('CONTRIBUTING.md'), `\`${folder}\``, folder);
});

t.test('every BPF header is on the map', async (t) => {
  for (const folder of ['bpf', ...foldersBelow('bpf')]) {
    for (const name of readdirSync(join(root, folder)).filter((file) => file.endsWith('.h'))) {
      t.match(MAP, `| \`${folder}/${name}\` |`, `${folder}/${name}`);
    }
  }
});

t.test('every path that the map names exists', async (t) => {
  for (const [, path] of MAP.matchAll(/`((?:bench|bin|bpf|docs|lib|native|test|tools)\/[\w./-]+)`/g)) {
    if (!path!.includes('NAME')) t.ok(existsSync(join(root, path!)), path!);
  }
});

t.test('every relative link of the documents works', async (t) => {
  const documents = ['.', 'docs', ...foldersBelow('docs')].flatMap(documentsIn);
  for (const document of documents) {
    for (const [, link] of read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = link!.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      t.ok(existsSync(join(root, target)), `${document}: ${link}`);
      if (anchor !== undefined && target.endsWith('.md')) t.ok(anchorsOf(read(target)).includes(anchor), link!);
    }
  }
});
