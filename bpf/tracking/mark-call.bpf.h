/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The sampler's side of tracking (bpf/tracking/slots.bpf.h): marks the system call that a task is in, so that its end
 * is emitted. The mark names the very call that was looked at; when that has ended meanwhile, and its exit did not see
 * the mark, the mark is taken back, and the row has none.
 */
#ifndef XCAP_MARK_CALL_BPF_H
#define XCAP_MARK_CALL_BPF_H

#include "kernel/compat.bpf.h"
#include "kernel/registers.bpf.h"
#include "kernel/syscall.bpf.h"
#include "record.gen.h"
#include "tracking/slots.bpf.h"
#include "walk-state.bpf.h"

/*
 * The slots of bpf/sysc.bpf.c: native/ puts that program's memory in place of this. Key: 0; value: all of them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xcap_slots);
} xcap_slots SEC(".maps");

XCAP_STATIC struct xcap_tracked xcap_tracked_row;

/* The call that was marked, with its arguments. Without them where it ended while they were read. */
XCAP_STATIC struct {
	struct xcap_syscall call;
	bool is_whole;
} xcap_seen;

static __always_inline struct xcap_slots *xcap_all_slots(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&xcap_slots, &key);
}

/* -p: a slot for every thread that is asked for, so that its next call is timed from its entry. */
static __always_inline void xcap_give_slot(struct task_struct *task)
{
	struct xcap_slots *all = xcap_all_slots();
	u64 regs = xcap_regs_of(task);

	if (all && !xcap_find_slot(all, regs))
		xcap_claim_slot(all, regs);
}

/* What the record of its end will say of the call. */
static __always_inline void xcap_describe(struct xcap_slot *slot, struct task_struct *task, u32 nr, bool partial)
{
	slot->seq = xcap_walk.next_seq++;
	slot->tid = task->pid;
	slot->marked_nr = nr;
	slot->marked = bpf_ktime_get_ns() >> XCAP_MARKED_SHIFT;
	slot->abi = xcap_read_abi(task);
	slot->partial = partial;
}

static __always_inline void xcap_fill_tracked(struct xcap_slot *slot, u64 state)
{
	xcap_tracked_row.sysc_seq_num = slot->seq;
	xcap_tracked_row.nr = slot->marked_nr;
	xcap_tracked_row.enter_ns = state;
	xcap_tracked_row.abi = slot->abi;
}

/* Blocks inside a system call. A thread that is on its way to sys_enter does not. */
static __always_inline bool xcap_blocks(struct task_struct *task)
{
	return !task->on_cpu && task->__state & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE) &&
	       xcap_read_syscall(task, false, &xcap_seen.call);
}

/* The row is the first that shows the call. */
XCAP_STATIC bool xcap_is_first_mark;

static __always_inline bool xcap_set_mark(struct xcap_slot *slot, u64 state)
{
	if (__sync_val_compare_and_swap(&slot->mark, 0, state))
		return false;
	xcap_is_first_mark = true;
	xcap_walk.marked_calls++;
	return true;
}

/*
 * A call that has been running since before the start, if it blocks: timed from now. A thread whose exit from a call
 * was seen is in none before its next entry; it may still block on its way to user mode.
 */
static __always_inline bool xcap_mark_older_call(struct xcap_slot *slot, struct task_struct *task)
{
	u64 state;

	if (slot->mark || slot->ret_of || !xcap_blocks(task))
		return false;
	xcap_describe(slot, task, xcap_seen.call.nr, true);
	state = bpf_ktime_get_ns();
	if (__sync_val_compare_and_swap(&slot->state, 0, state))
		return false;
	/* It may have ended just before; then it is not in this call any more. */
	if (!xcap_blocks(task) || READ_ONCE(slot->state) != state) {
		__sync_val_compare_and_swap(&slot->state, state, 0);
		return false;
	}
	xcap_fill_tracked(slot, state);
	xcap_seen.is_whole = true;
	return xcap_set_mark(slot, state);
}

static __always_inline struct xcap_slot *xcap_slot_of(struct task_struct *task)
{
	struct xcap_slots *all = xcap_all_slots();

	return all ? xcap_find_slot(all, xcap_regs_of(task)) : 0;
}

/*
 * What the registers say is of the call whose state was read before and is read after: they stay as long as it lasts.
 */
static __always_inline void xcap_see_call(struct xcap_slot *slot, struct task_struct *task, u64 state)
{
	xcap_seen.is_whole = xcap_read_syscall(task, task->on_cpu, &xcap_seen.call);
	if (READ_ONCE(slot->state) != state || (u32)xcap_seen.call.nr != slot->nr)
		xcap_seen.is_whole = false;
}

/* Marks the call that the task is in. True when xcap_tracked_row and xcap_seen show it. */
static __always_inline bool xcap_mark_call(struct task_struct *task)
{
	u64 regs = xcap_regs_of(task), state, mark;
	struct xcap_slots *all = xcap_all_slots();
	struct xcap_slot *slot;

	if (!all)
		return false;
	slot = xcap_find_slot(all, regs);
	if (!slot) {
		/* Before the start, or in user space ever since. */
		if (!xcap_blocks(task))
			return false;
		slot = xcap_claim_slot(all, regs);
		if (!slot) {
			xcap_walk.without_slot++;
			return false;
		}
	}
	/* The mark first, with a barrier: who takes it has cleared the state before (bpf/sysc.bpf.c). */
	mark = __sync_fetch_and_add(&slot->mark, 0);
	state = READ_ONCE(slot->state);
	if (!state)
		return xcap_mark_older_call(slot, task);
	xcap_is_first_mark = false;
	if (mark) {
		/*
		 * The same call as in a sample before, or one whose exit has missed its mark. A thread that executes a
		 * program may have got another id meanwhile, and its call is known by the one before.
		 */
		xcap_fill_tracked(slot, state);
		if (mark != state || slot->tid != (u32)task->pid)
			return false;
		xcap_see_call(slot, task, state);
		return true;
	}
	xcap_describe(slot, task, slot->nr, false);
	xcap_fill_tracked(slot, state);
	if (!xcap_set_mark(slot, state))
		return false;
	xcap_see_call(slot, task, state);
	return true;
}

/* The call that xcap_tracked_row shows is over. */
static __always_inline bool xcap_has_ended(struct xcap_slot *slot)
{
	return READ_ONCE(slot->state) != xcap_tracked_row.enter_ns;
}

/*
 * A call that is over: its exit has emitted its end, or will. But an exit that has just missed the mark leaves it
 * behind; then the mark is taken back, and the end is not emitted. An exit never misses the mark of an earlier row.
 */
static __always_inline bool xcap_is_end_emitted(struct xcap_slot *slot)
{
	u64 mark = xcap_tracked_row.enter_ns;

	if (!xcap_is_first_mark || __sync_val_compare_and_swap(&slot->mark, mark, 0) != mark)
		return true;
	xcap_walk.marked_calls--;
	return false;
}

#endif
