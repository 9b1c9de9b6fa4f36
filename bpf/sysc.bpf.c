// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * System calls to their end. Every call of every thread on the machine passes here, so what most of them do is the
 * whole cost: entry stores the time, exit looks whether the sampler has left its mark.
 */
#include "kernel/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "config.gen.h"
#include "xcapture.h"
#include "tracking/events.bpf.h"
#include "kernel/names.bpf.h"
#include "kernel/registers.bpf.h"
#include "tracking/payload.bpf.h"
#include "tracking/slots.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* What the call has just moved is in memory: this needs no page to be read in. */
static __always_inline bool xcap_payload_read(struct xcap_gatherer *of, void *to, u32 bytes, u64 from)
{
	return !bpf_probe_read_user(to, bytes, (void *)from);
}

/*
 * The slots, 8 MiB, in the program's own memory: an address that is known when the program is loaded saves the
 * instructions of a lookup. Written by sys_enter, sys_exit and the walk, which native/ gives the same map. When all of
 * a thread's eight places are taken its calls are not tracked, and a sample that meets one counts a lost completion.
 */
struct xcap_slots xcap_slots[XCAP_SLOT_KEYS] = {};

/* What has happened to marked calls whose record is not in the ring. */
struct xcap_losses xcap_sysc_lost SEC(".data") = {};

struct xcap_end {
	u64 ns, ret;
	u32 flags;
};

/*
 * Where a record and its payload are put together. Key: 0; written and read by sys_exit and sched_process_exit, which
 * the kernel does not run again on the same CPU before they are done.
 */
struct xcap_end_with_payload {
	struct xcap_syscend end;
	struct xcap_gathered payload;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xcap_end_with_payload);
} xcap_end_room SEC(".maps");

static __always_inline void xcap_fill_end(struct xcap_syscend *event, struct xcap_slot *slot, u64 enter_ns,
					  const struct xcap_end *end)
{
	xcap_begin_event(&event->head, XCAP_KIND_SYSCEND, sizeof(*event));
	event->seq = slot->seq;
	event->enter_ns = enter_ns;
	event->exit_ns = end->ns;
	event->ret = end->ret;
	event->earliest_ns = 0;
	event->tid = slot->tid;
	event->tgid = bpf_get_current_pid_tgid() >> 32;
	event->nr = slot->marked_nr;
	event->abi = slot->abi;
	event->flags = end->flags | (slot->partial ? XCAP_CALL_PARTIAL : 0);
	event->payload_bytes = 0;
}

/* What the present call, which ends, has moved. Returns its bytes. */
static __always_inline u32 xcap_gather_end(struct xcap_slot *slot, struct xcap_gathered *to, u64 ret)
{
	struct xcap_gatherer of = { to, 0 };
	u64 regs = slot->tag;
	u32 layout = XCAP_PAYLOAD_LAYOUT(xcap_payload_of(slot->marked_nr, slot->abi));
	bool is_compat = slot->abi == XCAP_ABI_COMPAT;

	if (!layout || (s64)ret <= 0)
		return 0;
	if (!xcap_gather(&of, layout, xcap_second_of(regs, is_compat), xcap_third_of(regs, is_compat), is_compat, true,
			 ret))
		__sync_fetch_and_add(&xcap_sysc_lost.no_payload, 1);
	return READ_ONCE(to->count);
}

static __always_inline void xcap_emit_end(struct xcap_slot *slot, u64 enter_ns, const struct xcap_end *end,
					  bool is_present)
{
	u32 key = 0, bytes = 0;
	struct xcap_end_with_payload *room;
	struct xcap_syscend *event;

	if (!xcap_want_payload) {
		event = bpf_ringbuf_reserve(&xcap_events, sizeof(*event), 0);
		if (event) {
			xcap_fill_end(event, slot, enter_ns, end);
			bpf_ringbuf_submit(event, 0);
			return;
		}
	} else {
		room = bpf_map_lookup_elem(&xcap_end_room, &key);
		if (!room)
			return;
		xcap_fill_end(&room->end, slot, enter_ns, end);
		if (is_present)
			bytes = xcap_gather_end(slot, &room->payload, end->ret);
		if (bytes > XCAP_PAYLOAD_BYTES)
			bytes = XCAP_PAYLOAD_BYTES;
		room->end.payload_bytes = bytes;
		bytes = XCAP_PAD(bytes);
		room->end.head.len += bytes;
		if (!bpf_ringbuf_output(&xcap_events, room, sizeof(room->end) + bytes, 0))
			return;
	}
	__sync_fetch_and_add(&xcap_sysc_lost.ring_full, 1);
}

/* The exit of this call has missed the mark, which came at that moment. */
static __always_inline void xcap_emit_missed_end(struct xcap_slot *slot, u64 mark)
{
	u64 now = bpf_ktime_get_ns(), unit = now >> XCAP_MARKED_SHIFT;
	/* Rounded up: the row that shows the call running is older. */
	struct xcap_end end = { (unit - ((u32)unit - slot->marked) + 1) << XCAP_MARKED_SHIFT, slot->ret, 0 };

	if (end.ns > now)
		end.ns = now;
	/* One that was running before the start begins when it is marked. */
	if (end.ns < mark)
		end.ns = mark;
	if (slot->ret_of != XCAP_RET_OF(mark))
		end.flags = XCAP_CALL_NO_RETURN;
	if (xcap_want_payload && xcap_payload_of(slot->marked_nr, slot->abi) && (s64)slot->ret > 0)
		__sync_fetch_and_add(&xcap_sysc_lost.no_payload, 1);
	xcap_emit_end(slot, mark, &end, false);
}

/*
 * Emits the end of the thread's current call, or of an earlier one. The state is cleared before the mark is taken: a
 * walk that finds no mark finds no call either, and does not mark it again.
 */
static __noinline int xcap_take_mark(struct xcap_slot *slot, u64 ret, u32 flags)
{
	struct xcap_end end = { 0, ret, flags };
	u64 mark, state;

	if (!slot)
		return 0;
	mark = slot->mark;
	state = slot->state;
	WRITE_ONCE(slot->state, 0);
	if (!mark || __sync_val_compare_and_swap(&slot->mark, mark, 0) != mark)
		return 0;
	if (mark != state) {
		xcap_emit_missed_end(slot, mark);
		return 0;
	}
	end.ns = bpf_ktime_get_ns();
	xcap_emit_end(slot, mark, &end, true);
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
	WRITE_ONCE(slot->state, bpf_ktime_get_ns());
	return 0;
}

SEC("raw_tp/sys_exit")
int xcap_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct xcap_slot *slot = xcap_find_slot(xcap_slots, ctx->args[0]);
	u32 ended;

	if (!slot)
		return 0;
	ended = slot->state;
	if (READ_ONCE(slot->mark))
		xcap_take_mark(slot, ctx->args[1], 0);
	slot->ret = ctx->args[1];
	slot->ret_of = XCAP_RET_OF(ended);
	WRITE_ONCE(slot->state, 0);
	return 0;
}

/* exit, exit_group and whatever else kills the thread inside the kernel: such a call never returns. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(xcap_process_exit, struct task_struct *task)
{
	struct xcap_slot *slot = xcap_find_slot(xcap_slots, xcap_regs_of(task));

	if (!slot)
		return 0;
	xcap_take_mark(slot, 0, XCAP_CALL_NO_RETURN);
	slot->ret_of = 0;
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
