/** bpf/syscalls.gen.h: what each system call works on, by its number. */
import { ARM64_SYSCALLS, ARM_SYSCALLS, I386_SYSCALLS, X86_64_SYSCALLS } from '../../lib/lookup/syscalls.gen.js';
import { TARGETS } from '../../lib/schema/enums.js';
import { targetOf } from '../../lib/schema/syscall-targets.js';
import { BANNER } from './banner.js';

/** Must be a power of two, above every number that names something. */
const LENGTH = 512;
const ARGUMENT_SHIFT = 4;
const READ_CLASS = 0x80;

function table(name: string, abi: string, syscalls: readonly (string | undefined)[]): string {
  const lines = syscalls.flatMap((syscall, nr) => {
    const found = syscall === undefined ? undefined : targetOf(syscall, abi);
    if (!found || nr >= LENGTH) return [];
    const target = TARGETS.findIndex((one) => one.name === found.target);
    const value = target | (found.argument << ARGUMENT_SHIFT) | (found.isRead ? READ_CLASS : 0);
    return [`\t[${nr}] = 0x${value.toString(16).padStart(2, '0')}, /* ${syscall} */`];
  });
  return `static const volatile __u8 ${name}[XCAP_SYSCALL_TARGETS] = {\n${lines.join('\n')}\n};\n`;
}

/** The whole file. */
export function syscallsHeader(): string {
  return [
    '/* SPDX-License-Identifier: MIT */',
    `/* ${BANNER} */`,
    '#ifndef XCAP_SYSCALLS_GEN_H',
    '#define XCAP_SYSCALLS_GEN_H',
    '',
    '#include "kernel/vmlinux.h"',
    '',
    '/* A byte a call: enum xcap_target, which argument (from 1), and whether the idle rules look at what it waits for. */',
    `#define XCAP_SYSCALL_TARGETS ${LENGTH}`,
    '#define XCAP_TARGET_KIND(target) ((target) & 0xf)',
    `#define XCAP_TARGET_ARGUMENT(target) ((target) >> ${ARGUMENT_SHIFT} & 7)`,
    `#define XCAP_TARGET_READ_CLASS 0x${READ_CLASS.toString(16)}`,
    '',
    '#if defined(__TARGET_ARCH_x86)',
    '',
    table('xcap_native_targets', 'x86_64', X86_64_SYSCALLS),
    table('xcap_compat_targets', 'i386', I386_SYSCALLS),
    '#else',
    '',
    table('xcap_native_targets', 'arm64', ARM64_SYSCALLS),
    table('xcap_compat_targets', 'arm', ARM_SYSCALLS),
    '#endif',
    '',
    '#endif',
    '',
  ].join('\n');
}
