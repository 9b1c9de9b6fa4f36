/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * --track-light: system calls to their end without a tracepoint. The walk asks the kernel to run a function of ours in
 * the sampled thread when that returns to user mode. Until then the thread is in one and the same system call: what is
 * seen of it after the kernel has taken the request, and before the function has run, is of the call at whose end it
 * runs.
 *
 * Nobody saw the call begin. A thread that sleeps says when it went to sleep; for all others there is only a latest
 * time, when it was sampled, and an earliest one, when it was last seen in user mode.
 */
#ifndef XCAP_TASK_WORK_BPF_H
#define XCAP_TASK_WORK_BPF_H

#include "kernel/compat.bpf.h"
#include "tracking/events.bpf.h"
#include "tracking/mark-call.bpf.h"
#include "kernel/syscall.bpf.h"

/* Linux 6.18, 38aa7003e369 ("bpf: task work scheduling kfuncs"). */
extern int bpf_task_work_schedule_resume_impl(struct task_struct *task, struct bpf_task_work *work, void *map__map,
					      bpf_task_work_callback_t callback, void *aux__prog) __ksym __weak;

/* The same in every table of system calls. */
#define XCAP_NR_IO_URING_ENTER 426

enum xcap_task_work_state {
	XCAP_TASK_WORK_IDLE,  /* the thread's last call that was followed is over */
	XCAP_TASK_WORK_ARMED, /* the function will run, but no row has named the call */
	XCAP_TASK_WORK_NAMED,
};

struct xcap_task_work_call {
	struct bpf_task_work work;
	u64 seq;
	u64 enter_ns, earliest_ns;
	u64 ended_ns; /* when the function ran last: the thread was about to return to user mode */
	u32 tid, nr;
	u32 state;
	u16 abi;
	u16 slept;
};

/*
 * Threads that were sampled in a system call. Key: tid; value: that call, or the last one. Written by the walk, and by
 * the function in the thread. When it is full the least recently used entry goes; the end of its call is not emitted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, struct xcap_task_work_call);
} xcap_task_work_calls SEC(".maps");

/* A new one. Not of that type, which no memory but a map's may have. */
XCAP_STATIC u64 xcap_new_task_work_call[sizeof(struct xcap_task_work_call) / sizeof(u64)];

/* From the clock of the scheduler, in which last_arrival is, to CLOCK_MONOTONIC; and when that was found. */
XCAP_STATIC struct {
	s64 ns;
	u64 at;
} xcap_offset;

/*
 * A thread that has just got its CPU and looks at the clock is some microseconds late, now more and then less; so the
 * smallest difference is the best. The clocks drift, and so an old one is believed less and less: by 1/8192, 122 ppm.
 */
static __always_inline void xcap_compare_clocks(struct task_struct *current, u64 now)
{
	s64 ns = (s64)now - (s64)current->sched_info.last_arrival;

	if (xcap_offset.at && ns > xcap_offset.ns + ((s64)(now - xcap_offset.at) >> 13))
		return;
	xcap_offset.ns = ns;
	xcap_offset.at = now;
}

static __always_inline void xcap_emit_task_work_end(struct xcap_task_work_call *call, struct task_struct *task, u64 ret,
						    u64 now)
{
	struct xcap_syscend *event = bpf_ringbuf_reserve(&xcap_events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&xcap_walk.task_work_ring_full, 1);
		return;
	}
	xcap_begin_event(&event->head, XCAP_KIND_SYSCEND, sizeof(*event));
	event->seq = call->seq;
	event->enter_ns = call->enter_ns;
	event->exit_ns = now;
	event->ret = ret;
	event->tid = call->tid;
	event->tgid = task->tgid;
	event->nr = call->nr;
	event->abi = call->abi;
	event->flags = XCAP_CALL_LIGHT | (call->slept ? XCAP_CALL_SLEPT : 0) |
		       (task->flags & PF_EXITING ? XCAP_CALL_NO_RETURN : 0);
	event->payload_bytes = 0;
	event->earliest_ns = call->earliest_ns;
	bpf_ringbuf_submit(event, 0);
}

/* In the thread, on its way to user mode. */
static int xcap_task_work_end(struct bpf_map *map, void *key, void *value)
{
	struct xcap_task_work_call *call = value;
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 now = bpf_ktime_get_ns();
	u32 state = __sync_lock_test_and_set(&call->state, XCAP_TASK_WORK_IDLE);

	xcap_compare_clocks(task, now);
	/* Those who wait in KVM_RUN, and others, have it run before they are done. */
	if (xcap_has_no_result(regs) && !(task->flags & PF_EXITING)) {
		if (state == XCAP_TASK_WORK_NAMED)
			__sync_fetch_and_add(&xcap_walk.task_work_unseen, 1);
		return 0;
	}
	if (state == XCAP_TASK_WORK_NAMED)
		xcap_emit_task_work_end(call, task, xcap_result(regs), now);
	call->ended_ns = now;
	return 0;
}

/* The kernel has put the function where the thread will find it; before, it may miss it and return to user mode. */
static __always_inline bool xcap_is_armed(const struct xcap_task_work_call *call)
{
	u64 ctx = 0;

	for (u32 i = 0; i < XCAP_TASK_WORK_TRIES; i++) {
		if (READ_ONCE(call->state) == XCAP_TASK_WORK_IDLE)
			return false;
		bpf_probe_read_kernel(&ctx, sizeof(ctx), &call->work);
		if (ctx && xcap_get(struct bpf_task_work_ctx, ctx, state) ==
				   bpf_core_enum_value(enum bpf_task_work_state, BPF_TW_SCHEDULED))
			return true;
		bpf_ktime_get_ns();
	}
	return false;
}

static __always_inline struct xcap_task_work_call *xcap_task_work_call_of(struct task_struct *task)
{
	u32 tid = task->pid;
	struct xcap_task_work_call *call = bpf_map_lookup_elem(&xcap_task_work_calls, &tid);

	if (call)
		return call;
	bpf_map_update_elem(&xcap_task_work_calls, &tid, xcap_new_task_work_call, BPF_NOEXIST);
	return bpf_map_lookup_elem(&xcap_task_work_calls, &tid);
}

/* When it began. A sleeper ran until it went to sleep, since it got its CPU. */
static __always_inline void xcap_time_task_work_call(struct xcap_task_work_call *call, struct task_struct *task)
{
	u64 now = bpf_ktime_get_ns(), start = task->start_time;

	call->earliest_ns = call->ended_ns > start ? call->ended_ns : start;
	call->enter_ns = now;
	call->slept = !task->on_cpu && task->__state & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE);
	if (!call->slept)
		return;
	call->enter_ns = task->sched_info.last_arrival + (task->se.sum_exec_runtime - task->se.prev_sum_exec_runtime) +
			 xcap_offset.ns;
	if (call->enter_ns > now)
		call->enter_ns = now;
	if (call->enter_ns < call->earliest_ns)
		call->enter_ns = call->earliest_ns;
}

/* Marks the call that the task is in, by task work. True when xcap_tracked_row and xcap_seen show it. */
static __always_inline bool xcap_mark_call_by_task_work(struct task_struct *task)
{
	struct xcap_task_work_call *call;
	bool is_first;

	/* Who waits for a ring has the function run before it is done. */
	if (!xcap_read_syscall(task, task->on_cpu, &xcap_seen.call) || xcap_seen.call.nr == XCAP_NR_IO_URING_ENTER)
		return false;
	call = xcap_task_work_call_of(task);
	if (!call) {
		xcap_walk.without_slot++;
		return false;
	}
	if (READ_ONCE(call->state) == XCAP_TASK_WORK_IDLE) {
		call->state = XCAP_TASK_WORK_ARMED;
		if (bpf_task_work_schedule_resume_impl(task, &call->work, &xcap_task_work_calls, xcap_task_work_end,
						       0)) {
			call->state = XCAP_TASK_WORK_IDLE;
			return false;
		}
	}
	if (!xcap_is_armed(call) || !xcap_read_syscall(task, task->on_cpu, &xcap_seen.call))
		return false;
	xcap_seen.is_whole = true;
	is_first = READ_ONCE(call->state) == XCAP_TASK_WORK_ARMED;
	if (is_first) {
		call->seq = xcap_walk.next_seq++;
		call->tid = task->pid;
		call->nr = xcap_seen.call.nr;
		call->abi = xcap_seen.call.abi;
		xcap_time_task_work_call(call, task);
	}
	xcap_tracked_row.sysc_seq_num = call->seq;
	xcap_tracked_row.nr = call->nr;
	xcap_tracked_row.enter_ns = call->enter_ns;
	xcap_tracked_row.abi = call->abi;
	if (!is_first)
		return READ_ONCE(call->state) == XCAP_TASK_WORK_NAMED && call->tid == (u32)task->pid;
	if (__sync_val_compare_and_swap(&call->state, XCAP_TASK_WORK_ARMED, XCAP_TASK_WORK_NAMED) !=
	    XCAP_TASK_WORK_ARMED)
		return false;
	xcap_walk.marked_calls++;
	return true;
}

#endif
