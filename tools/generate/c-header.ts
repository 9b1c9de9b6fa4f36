/** bpf/record.gen.h: the byte stream's structs and enums, with a static assert on every offset. */
import {
  ABIS,
  CALL_FLAGS,
  PAYLOAD_LAYOUTS,
  HIERARCHIES,
  KINDS,
  LOSS_CAUSES,
  PARTS,
  PATH_FLAGS,
  REASONS,
  STATES,
  UNWINDERS,
  TARGETS,
  UNIX_FLAGS,
} from '../../lib/schema/enums.js';
import type { CType } from '../../lib/schema/field.js';
import { STRUCTS, type Struct } from '../../lib/schema/wire.js';
import { BANNER } from './banner.js';

const C_TYPES: Record<CType, string> = {
  u8: '__u8',
  u16: '__u16',
  u32: '__u32',
  s32: '__s32',
  u64: '__u64',
  char16: 'char',
  char32: 'char',
};

function enumeration(tag: string, names: readonly string[], value: (index: number) => string): string {
  const lines = names.map((name, index) => `\tXCAP_${tag}_${name.toUpperCase()} = ${value(index)},`);
  return `enum xcap_${tag.toLowerCase()} {\n${lines.join('\n')}\n};\n`;
}

const namesOf = (values: readonly { readonly name: string }[]) => values.map(({ name }) => name);
const bit = (index: number) => String(1 << index);

function structure({ name, comment, fields, size }: Struct): string {
  const members = fields.map((field) => {
    const array = field.ctype.startsWith('char') ? `[${field.ctype.slice(4)}]` : '';
    return `\t${C_TYPES[field.ctype]} ${field.name}${array};${field.comment ? ` /* ${field.comment} */` : ''}`;
  });
  const own = name === 'head' || fields[0]?.offset === 0 ? members : ['\tstruct xcap_head head;', ...members];
  const asserts = fields.map(
    (field) =>
      `_Static_assert(__builtin_offsetof(struct xcap_${name}, ${field.name}) == ${field.offset}, "${name}.${field.name}");`,
  );
  return [
    `/* ${comment} */`,
    `struct xcap_${name} {`,
    ...own,
    '} __attribute__((aligned(8)));',
    `_Static_assert(sizeof(struct xcap_${name}) == ${size}, "${name}");`,
    ...asserts,
    '',
  ].join('\n');
}

const idleReasons = () => REASONS.reduce((bits, { idle }, index) => (idle ? bits | (1 << index) : bits), 0);

/** The whole file. */
export function cHeader(): string {
  return [
    '/* SPDX-License-Identifier: MIT */',
    `/* ${BANNER} */`,
    '#ifndef XCAP_RECORD_GEN_H',
    '#define XCAP_RECORD_GEN_H',
    '',
    '#ifdef __bpf__',
    '#include "kernel/vmlinux.h"',
    '#else',
    '#include <linux/types.h>',
    '#endif',
    '',
    '#ifdef __cplusplus',
    '#define _Static_assert static_assert',
    '#endif',
    '',
    enumeration('KIND', KINDS, (index) => String(index + 1)),
    enumeration('PART', namesOf(PARTS), bit),
    enumeration('PATH', namesOf(PATH_FLAGS), bit),
    enumeration('ABI', namesOf(ABIS), String),
    enumeration('CALL', namesOf(CALL_FLAGS), bit),
    enumeration('LOSS', namesOf(LOSS_CAUSES), String),
    enumeration('UNWOUND_BY', namesOf(UNWINDERS), String),
    enumeration('HIERARCHY', namesOf(HIERARCHIES), String),
    enumeration('STATE', namesOf(STATES), String),
    enumeration('REASON', namesOf(REASONS), String),
    '/* Verdicts that keep a task out of the default view: bits by enum xcap_reason. */',
    `#define XCAP_IDLE_REASONS 0x${idleReasons().toString(16)}u\n`,
    enumeration('TARGET', namesOf(TARGETS), String),
    enumeration('PAYLOAD_LAYOUT', namesOf(PAYLOAD_LAYOUTS), String),
    enumeration('UNIX_NAME', namesOf(UNIX_FLAGS), bit),
    ...STRUCTS.map(structure),
    '#endif',
    '',
  ].join('\n');
}
