/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Arguments of a system call, read off the registers that the thread saved when it entered the kernel. */
#ifndef XCAP_REGISTERS_BPF_H
#define XCAP_REGISTERS_BPF_H

#include "kernel/read.bpf.h"

/*
 * The address at which a thread saves its registers when it enters the kernel, as a number. Read back by address: the
 * verifier takes it for a pointer otherwise. Not by xcap_number, whose memory all CPUs share.
 */
static __always_inline u64 xcap_regs_of(struct task_struct *task)
{
	void *regs = (void *)bpf_task_pt_regs(task);
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &regs);
	return number;
}

#if defined(__TARGET_ARCH_x86)

static __always_inline u64 xcap_second_of(u64 regs, bool is_compat)
{
	return is_compat ? (u32)xcap_get(struct pt_regs, regs, cx) : xcap_get(struct pt_regs, regs, si);
}

static __always_inline u64 xcap_third_of(u64 regs, bool is_compat)
{
	return is_compat ? (u32)xcap_get(struct pt_regs, regs, dx) : xcap_get(struct pt_regs, regs, dx);
}

#else

static __always_inline u64 xcap_second_of(u64 regs, bool is_compat)
{
	return xcap_get(struct pt_regs, regs, regs[1]);
}

static __always_inline u64 xcap_third_of(u64 regs, bool is_compat)
{
	return xcap_get(struct pt_regs, regs, regs[2]);
}

#endif

#endif
