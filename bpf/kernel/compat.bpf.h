/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* One reader a kernel difference. The comment names what changed, and when. */
#ifndef XCAP_COMPAT_BPF_H
#define XCAP_COMPAT_BPF_H

#include "kernel/vmlinux.h"
#include "kernel/read.bpf.h"
#include "xcapture.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct sched_entity___delayed {
	unsigned char sched_delayed;
};
struct task_struct___delayed {
	struct sched_entity___delayed se;
};
struct kernfs_node___parent {
	struct kernfs_node *parent;
};
struct kernfs_node___rcu_parent {
	struct kernfs_node *__parent;
};
struct task_struct___cpu {
	u32 cpu;
};
#pragma clang attribute pop

/*
 * Is a task that sleeps still in a run queue's tree only to pay its debt? 6.12, 152e11f6df29 ("sched/fair: Implement
 * delayed dequeue"): on_rq alone does not say "runnable" any more.
 */
static __always_inline bool xcap_is_dequeue_delayed(struct task_struct *task)
{
	struct task_struct___delayed *t = (void *)task;

	return bpf_core_field_exists(t->se.sched_delayed) && t->se.sched_delayed;
}

/* 5.16, bcf9033e5449 ("sched: move CPU field back into thread_info if THREAD_INFO_IN_TASK=y"). */
static __always_inline u32 xcap_task_cpu(struct task_struct *task)
{
	struct task_struct___cpu *old = (void *)task;

	if (bpf_core_field_exists(old->cpu))
		return old->cpu;
	return task->thread_info.cpu;
}

/*
 * Did this task run until the sampler itself took its CPU? The scheduler stamps the one that goes and the one that
 * comes with the same reading of the run queue's clock. Without CONFIG_SCHED_INFO nobody can know.
 */
static __always_inline bool xcap_is_preempted_by_us(struct task_struct *task)
{
	struct task_struct *us = bpf_get_current_task_btf();

	return bpf_core_field_exists(us->sched_info) && xcap_task_cpu(task) == xcap_task_cpu(us) &&
	       task->sched_info.last_queued == us->sched_info.last_arrival;
}

/* 6.15, 741c10b096bc ("kernfs: Use RCU to access kernfs_node::parent"): parent became __parent. */
static __always_inline struct kernfs_node *xcap_kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___parent *old = (void *)kn;
	struct kernfs_node___rcu_parent *new = (void *)kn;

	if (bpf_core_field_exists(old->parent))
		return BPF_CORE_READ(old, parent);
	return BPF_CORE_READ(new, __parent);
}

XCAP_STATIC struct {
	u64 node;
	u32 count;
} xcap_free_requests;

static long xcap_free_request_step(u64 step, void *ctx)
{
	u64 node = xcap_free_requests.node;

	if (!node)
		return 1;
	xcap_free_requests.node = xcap_pointer_at(node);
	xcap_free_requests.count++;
	return 0;
}

/*
 * How many requests of a ring are neither done nor free. 6.1 and 6.12 by the two queues, where cq_extra corrects for
 * requests that complete more than once. 6.18 has no cq_extra, but counts what a ring has allocated; what it keeps for
 * reuse is free.
 */
static __always_inline u32 xcap_uring_in_flight(u64 ring)
{
	u32 taken = xcap_get(struct io_ring_ctx, ring, cached_sq_head);
	u32 done = xcap_get(struct io_ring_ctx, ring, cached_cq_tail);
	s32 open = taken - done;

	if (bpf_core_field_exists(struct io_ring_ctx, cq_extra)) {
		open += xcap_get(struct io_ring_ctx, ring, cq_extra);
	} else if (bpf_core_field_exists(struct io_ring_ctx, nr_req_allocated)) {
		xcap_free_requests.node = (u64)xcap_get(struct io_ring_ctx, ring, submit_state.free_list.next);
		xcap_free_requests.count = 0;
		bpf_loop(XCAP_MAX_FREE_REQUESTS, xcap_free_request_step, 0, 0);
		if (!READ_ONCE(xcap_free_requests.node))
			open = xcap_get(struct io_ring_ctx, ring, nr_req_allocated) -
			       READ_ONCE(xcap_free_requests.count);
	}
	return open > 0 ? open : 0;
}

/* 6.1 and 6.12 keep requests that wait in two tables, 6.18 in one. */
static __always_inline bool xcap_has_locked_table(void)
{
	return bpf_core_field_exists(struct io_ring_ctx, cancel_table_locked);
}

static __always_inline u64 xcap_locked_table(u64 ring)
{
	return xcap_at(struct io_ring_ctx, ring, cancel_table_locked);
}

/*
 * A file that was registered with a ring; the lowest bits of its address are flags. 6.1 and 6.12 have a table of files,
 * 6.18 one of nodes.
 */
static __always_inline u64 xcap_registered_file(u64 ring, u32 index)
{
	u64 table = xcap_at(struct io_ring_ctx, ring, file_table), file = 0;

	if (bpf_core_field_exists(struct io_file_table, data)) {
		u64 nodes, node;

		if (index >= xcap_get(struct io_file_table, table, data.nr))
			return 0;
		nodes = (u64)xcap_get(struct io_file_table, table, data.nodes);
		node = xcap_pointer_at(nodes + index * sizeof(void *));
		if (node)
			file = xcap_get(struct io_rsrc_node, node, file_ptr);
	} else if (bpf_core_field_exists(struct io_file_table, files)) {
		if (index >= xcap_get(struct io_ring_ctx, ring, nr_user_files))
			return 0;
		file = xcap_pointer_at(xcap_number(xcap_get(struct io_file_table, table, files)) +
				       index * sizeof(void *));
	}
	return xcap_number((void *)file) & ~7ull;
}

/* The thread that submitted a request: named by the request in 6.1 and 6.12, by its io_uring_task in 6.18. */
static __always_inline u32 xcap_request_owner(u64 request)
{
	u64 task = 0;

	if (bpf_core_field_exists(struct io_kiocb, tctx)) {
		u64 tctx = (u64)xcap_get(struct io_kiocb, request, tctx);

		if (tctx)
			task = (u64)xcap_get(struct io_uring_task, tctx, task);
	} else if (bpf_core_field_exists(struct io_kiocb, task)) {
		task = (u64)xcap_get(struct io_kiocb, request, task);
	}
	return task ? xcap_get(struct task_struct, task, pid) : 0;
}

#endif
