/** bpf/config.gen.h and native/sampling/flags.gen.h: the flags of the BPF programs. */
import { KERNEL_FLAGS, type KernelFlag } from '../../lib/schema/kernel-flags.js';
import { BANNER } from './banner.js';

const FLAGS: readonly KernelFlag[] = KERNEL_FLAGS;
const C_TYPES = { bool: 'bool', u16: '__u16', u32: '__u32' } as const;
const CXX_TYPES = { bool: 'bool', u16: 'uint16_t', u32: 'uint32_t' } as const;

/** The whole of bpf/config.gen.h. */
export function configHeader(): string {
  return [
    '/* SPDX-License-Identifier: MIT */',
    `/* ${BANNER} */`,
    '/* Read-only data, set before loading, so that the verifier drops what is off. */',
    '#ifndef XCAP_CONFIG_GEN_H',
    '#define XCAP_CONFIG_GEN_H',
    '',
    '#include "kernel/vmlinux.h"',
    '',
    ...FLAGS.flatMap((flag) => [
      `/* ${flag.comment} */`,
      `const volatile ${C_TYPES[flag.ctype]} xcap_${flag.name} = ${flag.default};`,
    ]),
    '',
    '#endif',
    '',
  ].join('\n');
}

/** The whole of native/sampling/flags.gen.h. */
export function nativeFlags(): string {
  return [
    '// SPDX-License-Identifier: MIT',
    `// ${BANNER}`,
    '#pragma once',
    '',
    '#include <cstdint>',
    '',
    'namespace xcap {',
    '',
    '// bpf/config.gen.h says what each means.',
    'struct Flags {',
    ...FLAGS.map((flag) => `  ${CXX_TYPES[flag.ctype]} ${flag.name} = ${flag.default};`),
    '};',
    '',
    '// Calls visit(name, field) for each flag that JavaScript sets.',
    'template <typename Visit>',
    'void VisitFlags(Flags& flags, Visit&& visit) {',
    ...FLAGS.filter(({ isNative }) => !isNative).map(({ name }) => `  visit("${name}", flags.${name});`),
    '}',
    '',
    '// Sets the read-only data of a skeleton that is not loaded yet.',
    'template <typename Rodata>',
    'void SetFlags(Rodata& rodata, const Flags& flags) {',
    ...FLAGS.map(({ name }) => `  rodata.xcap_${name} = flags.${name};`),
    '}',
    '',
    '}  // namespace xcap',
    '',
  ].join('\n');
}
