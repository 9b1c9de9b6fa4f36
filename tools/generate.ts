/**
 * `npm run generate`: writes every generated file; with `--check` writes nothing and fails when one is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cHeader } from './generate/c-header.js';
import { extraCode } from './generate/extra-code.js';
import { configHeader, nativeFlags } from './generate/kernel-flags.js';
import { partsHeader } from './generate/parts-header.js';
import { payloadsHeader } from './generate/payloads-header.js';
import { readme } from './generate/readme.js';
import { sampleCode } from './generate/sample-code.js';
import { schemaDoc } from './generate/schema-doc.js';
import { syscallsHeader } from './generate/syscalls-header.js';
import { types } from './generate/types.js';

const root = new URL('../../', import.meta.url);
const files: Record<string, () => string> = {
  'README.md': readme,
  'SCHEMA.md': schemaDoc,
  'bpf/config.gen.h': configHeader,
  'bpf/parts.gen.h': partsHeader,
  'bpf/payloads.gen.h': payloadsHeader,
  'bpf/record.gen.h': cHeader,
  'bpf/syscalls.gen.h': syscallsHeader,
  'lib/decode/extra-info.gen.ts': extraCode,
  'lib/decode/sample.gen.ts': sampleCode,
  'lib/schema/types.gen.ts': types,
  'native/sampling/flags.gen.h': nativeFlags,
};

const isCheck = process.argv.includes('--check');
const stale = Object.entries(files).filter(([path, make]) => {
  const file = new URL(path, root);
  const text = make();
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (before === text) return false;
  if (!isCheck) writeFileSync(file, text);
  return true;
});
for (const [path] of stale) console.error(isCheck ? `not current: ${path}; run npm run generate` : `wrote ${path}`);
if (isCheck && stale.length > 0) process.exitCode = 1;
