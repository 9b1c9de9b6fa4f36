/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Which system call a task is in, read off the registers that it saved when it entered the kernel, and nothing when
 * those are stale. Off its CPU a task is inside the kernel, so what it saved last is what it is in. On a CPU it may
 * be back in user space, and the registers still show the call that has ended.
 */
#ifndef XCAP_SYSCALL_BPF_H
#define XCAP_SYSCALL_BPF_H

#include "kernel/compat.bpf.h"
#include "record.gen.h"

#if defined(__TARGET_ARCH_x86)

/* Which table the number of the task's call belongs to. */
static __always_inline u32 xcap_read_abi(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT ? XCAP_ABI_COMPAT : XCAP_ABI_NATIVE;
}

/*
 * Interrupts and page faults store -1 in orig_ax. While a call runs ax holds -ENOSYS (entry_64.S pushes it), until the
 * result replaces it; the limit is a call whose result is ENOSYS itself. Threads that the kernel made in a process
 * (io_uring's workers) carry a copy of their maker's registers with an empty stack pointer.
 */
static __always_inline bool xcap_read_syscall(struct task_struct *task, bool on_cpu, struct xcap_syscall *out)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long nr = regs->orig_ax;

	if (nr < 0 || regs->sp == 0)
		return false;
	if (on_cpu && (long)regs->ax != -ENOSYS)
		return false;
	out->nr = nr;
	out->abi = xcap_read_abi(task);
	if (out->abi == XCAP_ABI_COMPAT) {
		out->arg1 = (u32)regs->bx;
		out->arg2 = (u32)regs->cx;
		out->arg3 = (u32)regs->dx;
		out->arg4 = (u32)regs->si;
		out->arg5 = (u32)regs->di;
		out->arg6 = (u32)regs->bp;
	} else {
		out->arg1 = regs->di;
		out->arg2 = regs->si;
		out->arg3 = regs->dx;
		out->arg4 = regs->r10;
		out->arg5 = regs->r8;
		out->arg6 = regs->r9;
	}
	/* Read twice: on a CPU the task may have left the call, or entered another, while its arguments were read. */
	return !on_cpu || ((long)regs->orig_ax == nr && (long)regs->ax == -ENOSYS);
}

/* A call that is running has no result yet. */
static __always_inline bool xcap_has_no_result(const struct pt_regs *regs)
{
	return (long)regs->orig_ax >= 0 && (long)regs->ax == -ENOSYS;
}

static __always_inline u64 xcap_result(const struct pt_regs *regs)
{
	return regs->ax;
}

#else

/* The registers do not show it. */
static __always_inline bool xcap_has_no_result(const struct pt_regs *regs)
{
	return false;
}

static __always_inline u64 xcap_result(const struct pt_regs *regs)
{
	return regs->regs[0];
}

static __always_inline u32 xcap_read_abi(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return regs->pstate & PSR_MODE32_BIT ? XCAP_ABI_COMPAT : XCAP_ABI_NATIVE;
}

/*
 * syscallno is -1 after any other exception from user space. aarch64 keeps no mark of a call that has ended: while it
 * runs regs[0] still equals orig_x0, then the result replaces it. On a CPU a call whose result equals its first
 * argument is therefore still shown until the next exception; off the CPU the answer is exact.
 */
static __always_inline bool xcap_read_syscall(struct task_struct *task, bool on_cpu, struct xcap_syscall *out)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	s32 nr = regs->syscallno;

	if (nr < 0 || regs->sp == 0)
		return false;
	if (on_cpu && regs->regs[0] != regs->orig_x0)
		return false;
	out->nr = nr;
	out->abi = xcap_read_abi(task);
	out->arg1 = regs->orig_x0;
	out->arg2 = regs->regs[1];
	out->arg3 = regs->regs[2];
	out->arg4 = regs->regs[3];
	out->arg5 = regs->regs[4];
	out->arg6 = regs->regs[5];
	return !on_cpu || (regs->syscallno == nr && regs->regs[0] == regs->orig_x0);
}

#endif

#endif
