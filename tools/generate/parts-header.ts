/** bpf/parts.gen.h: how long the parts of a task's entry are, and their writes, in the order of their bits. */
import { PARTS, type Part } from '../../lib/schema/enums.js';
import { BANNER } from './banner.js';

const ROWS: readonly Part[] = PARTS;
const bitOf = ({ name }: Part) => `XCAP_PART_${name.toUpperCase()}`;
const sizeOf = ({ struct }: Part) => `sizeof(struct xcap_${struct})`;
const textOf = ({ struct, row, tail }: Part) => `(u32)((struct xcap_${struct} *)&${row})->${tail}`;

const bytes = (part: Part) => sizeOf(part) + (part.tail ? ` + XCAP_PAD(${textOf(part)})` : '');

const fails = (part: Part) =>
  part.tail
    ? `!xcap_write_with_text(seq, &${part.row}, ${sizeOf(part)},\n\t\t\t\t  ${textOf(part)}, ${part.max})`
    : `bpf_seq_write(seq, &${part.row}, ${sizeOf(part)})`;

/** The whole file. */
export function partsHeader(): string {
  const headers = new Set(ROWS.map(({ header }) => header));
  return [
    '/* SPDX-License-Identifier: MIT */',
    `/* ${BANNER} */`,
    '#ifndef XCAP_PARTS_GEN_H',
    '#define XCAP_PARTS_GEN_H',
    '',
    ...[...headers].toSorted().map((header) => `#include "${header}.bpf.h"`),
    '',
    '/* How long these parts are, with their texts. */',
    '__noinline int xcap_parts_bytes(u32 parts)',
    '{',
    '\tu32 bytes = 0;',
    '',
    ...ROWS.flatMap((part) => [`\tif (parts & ${bitOf(part)})`, `\t\tbytes += ${bytes(part)};`]),
    '\treturn bytes;',
    '}',
    '',
    '/* Writes these parts. False when they do not fit. */',
    'static __always_inline bool xcap_write_parts(struct seq_file *seq, u16 parts)',
    '{',
    ...ROWS.flatMap((part) => [`\tif (parts & ${bitOf(part)} &&\n\t    ${fails(part)})`, '\t\treturn false;']),
    '\treturn true;',
    '}',
    '',
    '#endif',
    '',
  ].join('\n');
}
