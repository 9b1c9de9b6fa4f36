/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What is known of the system call that a thread is in: a slot for each thread, found by the address at which the
 * thread saves its registers. That address is the same in all its system calls, both tracepoints are given it, and the
 * sampler has it from the task; so nobody needs to look anything up. A slot belongs to its thread until that exits:
 * nothing is ever driven out.
 *
 * Who writes what: sys_enter stores the time of entry, sys_exit clears it; in between the sampler may set the mark. The
 * two tracepoints use plain loads and stores, because an atomic one would cost a fifth of all that tracking does. So an
 * exit may just miss a mark that is being set. Then the thread's next exit finds it, and knows what the call returned
 * and that it ended when it was marked. A mark is always taken atomically, before its end is emitted and when it is
 * taken back.
 */
#ifndef XCAP_SLOTS_BPF_H
#define XCAP_SLOTS_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "xcapture.h"

/* Kernel stacks begin at multiples of 16 KiB (THREAD_SIZE of x86_64 and of arm64 with pages of 4 KiB) or more. */
#define XCAP_STACK_SHIFT 14
/* A thread's own key, and three more. */
#define XCAP_SLOT_PLACES 4

/* With a guard page, stacks lie 32 KiB apart. */
static __always_inline u32 xcap_slot_key(u64 regs)
{
	return regs >> (XCAP_STACK_SHIFT + 1) & (XCAP_SLOT_KEYS - 1);
}

static __noinline struct xcap_slot *xcap_find_neighbour(struct xcap_slots *all, u64 regs)
{
	for (u32 i = 1; i < XCAP_SLOT_PLACES; i++) {
		struct xcap_slots *slots = all + (xcap_slot_key(regs) ^ i);

		if (slots->slot[0].tag == regs)
			return &slots->slot[0];
		if (slots->slot[1].tag == regs)
			return &slots->slot[1];
	}
	return 0;
}

/* The thread's slot; null when it has none. */
static __always_inline struct xcap_slot *xcap_find_slot(struct xcap_slots *all, u64 regs)
{
	struct xcap_slots *slots = all + xcap_slot_key(regs);

	if (slots->slot[0].tag == regs)
		return &slots->slot[0];
	if (slots->slot[1].tag == regs)
		return &slots->slot[1];
	return slots->slot[0].is_crowded ? xcap_find_neighbour(all, regs) : 0;
}

/* A new slot for a thread that has none; null when all its places are taken. */
static __noinline struct xcap_slot *xcap_claim_slot(struct xcap_slots *all, u64 regs)
{
	for (u32 i = 0; i < XCAP_SLOT_PLACES; i++) {
		struct xcap_slots *slots = all + (xcap_slot_key(regs) ^ i);

		/* Before the claim, so that a search for the tag goes on there. */
		if (i)
			all[xcap_slot_key(regs)].slot[0].is_crowded = 1;
		if (!__sync_val_compare_and_swap(&slots->slot[0].tag, 0, regs))
			return &slots->slot[0];
		if (!__sync_val_compare_and_swap(&slots->slot[1].tag, 0, regs))
			return &slots->slot[1];
	}
	return 0;
}

#endif
