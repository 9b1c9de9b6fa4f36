/** Names of system calls by their number, for the machine that this runs on. */
import { ARM64_SYSCALLS, ARM_SYSCALLS, I386_SYSCALLS, X86_64_SYSCALLS } from './syscalls.gen.js';

const isArm = process.arch === 'arm64';

export const NATIVE_SYSCALLS: readonly (string | undefined)[] = isArm ? ARM64_SYSCALLS : X86_64_SYSCALLS;
export const COMPAT_SYSCALLS: readonly (string | undefined)[] = isArm ? ARM_SYSCALLS : I386_SYSCALLS;
/** What the names of 32-bit calls begin with. */
export const COMPAT_ABI = isArm ? 'arm' : 'i386';
