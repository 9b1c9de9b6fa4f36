/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* One reader a kernel difference. The comment names what changed, and when. */
#ifndef XCAP_COMPAT_BPF_H
#define XCAP_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

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
 * Did this task run until the sampler itself took its CPU? The scheduler stamps the one that goes and the one that comes
 * with the same reading of the run queue's clock. Without CONFIG_SCHED_INFO nobody can tell.
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

#endif
