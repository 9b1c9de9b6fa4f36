// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * System calls to their end. Every call of every thread on the machine passes here, so what most of them do is the
 * whole cost: entry stores the time, exit looks whether the sampler has left its mark.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "xcapture.h"
#include "events.bpf.h"
#include "slots.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Without -p every thread gets a slot at its first call. With -p the walk and the fork give them to those asked for. */
const volatile bool xcap_claims = true;

/* native/ gives the walk the same map. */
struct xcap_slots xcap_slots[XCAP_SLOT_KEYS] = {};

/* What has happened to marked calls whose record is not in the ring. */
struct xcap_losses xcap_sysc_lost SEC(".data") = {};

struct xcap_end {
	u64 ns, ret;
	u32 flags;
};

static __always_inline void xcap_tell_end(struct xcap_slot *slot, u64 enter_ns, const struct xcap_end *end)
{
	struct xcap_syscend *event = bpf_ringbuf_reserve(&xcap_events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&xcap_sysc_lost.ring_full, 1);
		return;
	}
	event->head.kind = XCAP_KIND_SYSCEND;
	event->head.parts = 0;
	event->head.len = sizeof(*event);
	event->seq = slot->seq;
	event->enter_ns = enter_ns;
	event->exit_ns = end->ns;
	event->ret = end->ret;
	event->tid = slot->tid;
	event->tgid = bpf_get_current_pid_tgid() >> 32;
	event->nr = slot->marked_nr;
	event->abi = slot->abi;
	event->flags = end->flags | (slot->partial ? XCAP_CALL_PARTIAL : 0);
	event->payload_bytes = 0;
	bpf_ringbuf_submit(event, 0);
}

/* The exit of this call has missed the mark, which came at that moment. */
static __always_inline void xcap_tell_missed_end(struct xcap_slot *slot, u64 mark)
{
	u64 now = bpf_ktime_get_ns() >> XCAP_MARKED_SHIFT;
	struct xcap_end end = { (now - ((u32)now - slot->marked)) << XCAP_MARKED_SHIFT, slot->ret, 0 };

	if (end.ns < mark)
		end.ns = mark;
	if (slot->ret_of != (u32)mark)
		end.flags = XCAP_CALL_NO_RETURN;
	xcap_tell_end(slot, mark, &end);
}

/* Of the thread's present call, which ends, or of one before it. */
static __noinline int xcap_take_mark(struct xcap_slot *slot, u64 ret, u32 flags)
{
	u64 mark = slot ? slot->mark : 0;
	struct xcap_end end = { 0, ret, flags };

	if (!mark || !slot || __sync_val_compare_and_swap(&slot->mark, mark, 0) != mark)
		return 0;
	if (mark != slot->state) {
		xcap_tell_missed_end(slot, mark);
		return 0;
	}
	end.ns = bpf_ktime_get_ns();
	xcap_tell_end(slot, mark, &end);
	return 0;
}

SEC("raw_tp/sys_enter")
int xcap_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	u64 regs = ctx->args[0];
	struct xcap_slot *slot = xcap_find_slot(xcap_slots, regs);

	if (!slot) {
		if (!xcap_claims)
			return 0;
		slot = xcap_claim_slot(xcap_slots, regs);
		if (!slot)
			return 0;
	}
	slot->nr = ctx->args[1];
	*(volatile u64 *)&slot->state = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/sys_exit")
int xcap_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct xcap_slot *slot = xcap_find_slot(xcap_slots, ctx->args[0]);

	if (!slot)
		return 0;
	if (*(volatile u64 *)&slot->mark)
		xcap_take_mark(slot, ctx->args[1], 0);
	slot->ret = ctx->args[1];
	slot->ret_of = slot->state;
	*(volatile u64 *)&slot->state = 0;
	return 0;
}

/* As a number; read back by address, because the verifier knows a pointer for one wherever else it goes. */
static __always_inline u64 xcap_regs_of(struct task_struct *task)
{
	void *regs = (void *)bpf_task_pt_regs(task);
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &regs);
	return number;
}

/* exit, exit_group and whatever else kills the thread inside the kernel: such a call never returns. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(xcap_process_exit, struct task_struct *task)
{
	struct xcap_slot *slot = xcap_find_slot(xcap_slots, xcap_regs_of(task));

	if (!slot)
		return 0;
	xcap_take_mark(slot, 0, XCAP_CALL_NO_RETURN);
	slot->state = 0;
	__sync_lock_test_and_set(&slot->tag, 0);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(xcap_process_fork, struct task_struct *parent, struct task_struct *child)
{
	if (parent->tgid == child->tgid && xcap_find_slot(xcap_slots, xcap_regs_of(parent)))
		xcap_claim_slot(xcap_slots, xcap_regs_of(child));
	return 0;
}
