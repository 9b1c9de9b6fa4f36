/** bpf/payloads.gen.h: how the payload of each system call lies in memory, by its number. */
import { ARM64_SYSCALLS, ARM_SYSCALLS, I386_SYSCALLS, X86_64_SYSCALLS } from '../../lib/lookup/syscalls.gen.js';
import { PAYLOAD_LAYOUTS } from '../../lib/schema/enums.js';
import { payloadOf } from '../../lib/schema/payload-calls.js';
import { BANNER } from './banner.js';

/** Must be a power of two, above every number that has a payload. */
const LENGTH = 512;
const WRITES = 0x80;

function table(name: string, syscalls: readonly (string | undefined)[]): string {
  const lines = syscalls.flatMap((syscall, nr) => {
    const found = syscall === undefined ? undefined : payloadOf(syscall);
    if (!found) return [];
    if (nr >= LENGTH) throw new RangeError(`${syscall} has number ${nr}, and the table ends at ${LENGTH}`);
    const value = PAYLOAD_LAYOUTS.findIndex((one) => one.name === found.layout) | (found.isWrite ? WRITES : 0);
    return [`\t[${nr}] = 0x${value.toString(16).padStart(2, '0')}, /* ${syscall} */`];
  });
  return `static const volatile __u8 ${name}[XCAP_PAYLOAD_CALLS] = {\n${lines.join('\n')}\n};\n`;
}

/** The whole file. */
export function payloadsHeader(): string {
  return [
    '/* SPDX-License-Identifier: MIT */',
    `/* ${BANNER} */`,
    '#ifndef XCAP_PAYLOADS_GEN_H',
    '#define XCAP_PAYLOADS_GEN_H',
    '',
    '#include "kernel/vmlinux.h"',
    '',
    '/* A byte a call: enum xcap_payload_layout, and whether it writes. */',
    `#define XCAP_PAYLOAD_CALLS ${LENGTH}`,
    '#define XCAP_PAYLOAD_LAYOUT(payload) ((payload) & 0xf)',
    `#define XCAP_PAYLOAD_WRITES 0x${WRITES.toString(16)}`,
    '',
    '#if defined(__TARGET_ARCH_x86)',
    '',
    table('xcap_native_payloads', X86_64_SYSCALLS),
    table('xcap_compat_payloads', I386_SYSCALLS),
    '#else',
    '',
    table('xcap_native_payloads', ARM64_SYSCALLS),
    table('xcap_compat_payloads', ARM_SYSCALLS),
    '#endif',
    '',
    '#endif',
    '',
  ].join('\n');
}
