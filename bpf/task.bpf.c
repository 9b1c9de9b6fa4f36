// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * The sampler: one walk over the tasks, a row for each that matters. Rows go to the iterator's own seq file, so
 * user space gets them with read(2): when its buffer is full the kernel undoes the row it was at, ends the read, and
 * the next read shows the same task again. The walk cannot outrun its reader, and no row can be lost or torn. Because a
 * task may be shown twice, whatever this program remembers it remembers only after its last write has succeeded.
 */
#include "kernel/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "config.gen.h"
#include "kernel/compat.bpf.h"
#include "maps.bpf.h"
#include "parts.gen.h"
#include "task/cgroup.bpf.h"
#include "task/namespaces.bpf.h"
#include "task/process.bpf.h"
#include "task/stack.bpf.h"
#include "task/state.bpf.h"
#include "task/syscall-target.bpf.h"
#include "task/write-payload.bpf.h"
#include "tracking/mark-call.bpf.h"
#include "tracking/mark-request.bpf.h"
#include "tracking/task-work.bpf.h"
#include "walk-state.bpf.h"
#include "xcapture.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Put together here and written in one piece. */
static struct xcap_task xcap_task_row;

/* The parts that the row has. Read back from memory, so that the verifier does not follow each combination. */
XCAP_STATIC u16 xcap_parts;

/* What this walk has emitted last, so that a process's path and a control group's are emitted once a walk. */
static struct {
	u64 walk;
	u64 mm, exe_file;
	struct kernfs_node *cgroup;
	u32 tgid;
	u32 own_tgid;
} xcap_emitted;

static __always_inline bool xcap_is_wanted(u32 tgid)
{
	if (tgid == xcap_emitted.own_tgid)
		return false;
	return !xcap_walk.pids || bpf_map_lookup_elem(&xcap_pids, &tgid);
}

static __always_inline bool xcap_is_shown(const struct xcap_task *row)
{
	return xcap_all || !(XCAP_IDLE_REASONS >> (READ_ONCE(row->reason) & 31) & 1);
}

static __always_inline int xcap_end_walk(struct seq_file *seq)
{
	struct xcap_walk_end end = { { XCAP_KIND_WALK_END, 0, sizeof(end) }, xcap_walk.tasks, xcap_walk.unreadable };

	bpf_seq_write(seq, &end, sizeof(end));
	return 0;
}

static __always_inline void xcap_start_walk(void)
{
	xcap_emitted.walk = xcap_walk.number;
	xcap_emitted.mm = 0;
	xcap_emitted.exe_file = 0;
	xcap_emitted.cgroup = 0;
	xcap_emitted.tgid = 0;
	xcap_emitted.own_tgid = bpf_get_current_pid_tgid() >> 32;
	if (xcap_track_task_work)
		xcap_compare_clocks(bpf_get_current_task_btf(), xcap_walk.start_ns);
	if (xcap_track_requests)
		xcap_count_requests();
}

/* The state, and the verdict that it alone gives. */
static __always_inline void xcap_fill_state(struct xcap_task *row, struct task_struct *task)
{
	row->kthread = !!(task->flags & PF_KTHREAD);
	row->state_word = task->__state | task->exit_state;
	row->state = xcap_state(task, task->__state, task->exit_state);
	row->reason = xcap_state_reason(READ_ONCE(row->state), READ_ONCE(row->kthread));
}

/* What the system call works on, where the verdict depends on it or nothing that is done later finds it. */
static __always_inline u8 xcap_target_at_first(const struct xcap_task *row, struct task_struct *task, bool is_asleep)
{
	xcap_current_call.in_call = false;
	if (is_asleep || (!xcap_track_calls && !xcap_track_task_work && !READ_ONCE(row->kthread) && xcap_is_shown(row)))
		return xcap_enter_call(task);
	return 0;
}

/* Finds what the call works on, which is the verdict on a task that sleeps in a read. False when it is not shown. */
static __always_inline bool xcap_judge_target(struct xcap_task *row, struct task_struct *task, u8 target,
					      bool is_asleep)
{
	u32 verdict = xcap_find_target(task, target);

	if (is_asleep && target & XCAP_TARGET_READ_CLASS)
		row->reason = verdict;
	return xcap_is_shown(row);
}

/* The path of the control group goes before the first row of a walk that names it. False when it did not fit. */
static __always_inline bool xcap_introduce_cgroup(struct seq_file *seq, struct kernfs_node *kn, u64 id)
{
	u64 *walk;

	if (!xcap_want_container || kn == xcap_emitted.cgroup)
		return true;
	walk = bpf_map_lookup_elem(&xcap_emitted_cgroups, &id);
	return (walk && *walk == xcap_walk.number) || xcap_emit_cgroup(seq, kn, id);
}

/* The process goes before the first of its threads. False when it did not fit. */
static __always_inline bool xcap_introduce_process(struct seq_file *seq, struct task_struct *task)
{
	u64 mm = READ_ONCE(xcap_current.mm), exe_file;

	if (!mm)
		return true;
	exe_file = (u64)xcap_get(struct mm_struct, mm, exe_file);
	if (xcap_emitted.tgid == (u32)task->tgid && xcap_emitted.mm == mm && xcap_emitted.exe_file == exe_file)
		return true;
	return xcap_emit_process(seq, task, mm, exe_file);
}

/* The row has been written: what went before it is remembered. */
static __always_inline void xcap_remember(const struct xcap_task *row, struct task_struct *task, struct kernfs_node *kn)
{
	if ((xcap_want_kstack || xcap_want_ustack) && READ_ONCE(xcap_parts) & XCAP_PART_STACKS)
		xcap_keep_stacks(task);
	if (xcap_want_container && kn != xcap_emitted.cgroup) {
		xcap_emitted.cgroup = kn;
		bpf_map_update_elem(&xcap_emitted_cgroups, &row->cgroup_id, &xcap_emitted.walk, BPF_ANY);
	}
	if (!READ_ONCE(row->kthread) && xcap_current.mm) {
		xcap_emitted.tgid = row->tgid;
		xcap_emitted.mm = xcap_current.mm;
		xcap_emitted.exe_file = (u64)xcap_get(struct mm_struct, READ_ONCE(xcap_current.mm), exe_file);
	}
}

static __always_inline void xcap_fill_identity(struct xcap_task *row, struct task_struct *task)
{
	u64 cred = (u64)xcap_get(struct task_struct, READ_ONCE(xcap_current.task), cred);

	row->off_us = (bpf_ktime_get_ns() - xcap_walk.start_ns) / 1000;
	row->tid = task->pid;
	row->tgid = task->tgid;
	row->cpu = xcap_task_cpu(task);
	row->uid = xcap_get(struct cred, cred, euid.val);
	bpf_probe_read_kernel(row->comm, sizeof(row->comm), task->comm);
}

/* More than any row takes: three files, a path, a UNIX name, a payload, two stacks, and the rest. */
#define XCAP_ROW_BYTES (3 * XCAP_NAMES_BYTES + XCAP_PATH_BYTES + 2 * XCAP_MAX_FRAMES * 8 + 2048)

/*
 * A row that does not fit is undone and shown again, and what it has marked may have ended meanwhile. So the read ends
 * here when the largest row would not fit: writing more than the kernel takes ends it.
 */
static __always_inline bool xcap_has_room(struct seq_file *seq, u64 shown_at)
{
	u64 need = XCAP_ROW_BYTES + (xcap_want_slice ? xcap_slice_bytes() : 0);

	if (!xcap_track_calls && !xcap_track_task_work && !xcap_track_requests)
		return true;
	/* A task that begins the buffer has all of it. */
	if (seq->count + need < seq->size || shown_at == 0)
		return true;
	for (u32 bytes = 0; bytes < seq->size && bytes < XCAP_BUFFER_BYTES; bytes += sizeof(xcap_path_row))
		bpf_seq_write(seq, &xcap_path_row, sizeof(xcap_path_row));
	return false;
}

/*
 * Marks the system call of a thread of a program, and fills the parts that are about it. Returns their bits. What the
 * call works on may have changed since `target` was looked at.
 */
static __always_inline u16 xcap_fill_call(struct task_struct *task, u8 *target, bool is_asleep)
{
	struct xcap_slot *slot;
	u16 parts = 0;

	if (xcap_track_calls && xcap_mark_call(task))
		parts |= XCAP_PART_TRACKED;
	if (xcap_track_task_work && xcap_mark_call_by_task_work(task))
		parts |= XCAP_PART_TRACKED;
	if (xcap_track_calls || xcap_track_task_work)
		*target = xcap_revalidate_call(task, *target, is_asleep, parts & XCAP_PART_TRACKED);
	if (xcap_want_payload && xcap_current_call.in_call && xcap_gather_write(task))
		parts |= XCAP_PART_PAYLOAD;
	slot = xcap_track_calls && parts & XCAP_PART_TRACKED ? xcap_slot_of(task) : 0;
	if (slot && xcap_has_ended(slot)) {
		/* What was read of its memory may be of a later time. */
		parts &= ~XCAP_PART_PAYLOAD;
		if (!xcap_is_end_emitted(slot)) {
			parts &= ~XCAP_PART_TRACKED;
			xcap_current_call.in_call = false;
			*target = 0;
		}
	}
	if (xcap_current_call.in_call)
		parts |= XCAP_PART_SYSCALL;
	return parts;
}

/* Fills the parts of the row. Returns their bits. */
static __always_inline u16 xcap_fill_parts(struct xcap_task *row, struct task_struct *task, u8 target, bool is_asleep)
{
	u16 parts = 0;

	if (xcap_track_requests && xcap_mark_request(row->tid))
		parts |= XCAP_PART_IORQ;
	if (!READ_ONCE(row->kthread)) {
		parts |= xcap_fill_call(task, &target, is_asleep);
		if (xcap_read_namespace(task))
			parts |= XCAP_PART_NS;
	}
	return parts | xcap_prepare_target(task, target);
}

/* Writes the row, after the stacks that it is the first to name. False when they do not fit. */
static __always_inline bool xcap_write_row(struct seq_file *seq, struct xcap_task *row, u64 shown_at)
{
	u16 parts = READ_ONCE(xcap_parts);

	row->head.kind = XCAP_KIND_TASK;
	row->head.parts = parts;
	row->head.len = sizeof(*row) + xcap_parts_bytes(parts);
	if (xcap_want_slice)
		xcap_fit_slice(seq->count - shown_at + row->head.len);
	if (parts & XCAP_PART_STACKS && !xcap_emit_stacks(seq, row->tgid))
		return false;
	return !bpf_seq_write(seq, row, sizeof(*row)) && xcap_write_parts(seq, parts);
}

SEC("iter.s/task")
int xcap_sample(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct xcap_task *row = &xcap_task_row;
	struct kernfs_node *kn;
	u64 shown_at = seq->count;
	bool is_asleep;
	u16 parts = 0;
	u8 target;

	if (!task)
		return xcap_end_walk(seq);
	/* Not an increment: the task may have been shown before. */
	xcap_walk.tasks = ctx->meta->seq_num + 1;
	if (xcap_emitted.walk != xcap_walk.number)
		xcap_start_walk();
	if (xcap_gives_slots && xcap_is_wanted(task->tgid))
		xcap_give_slot(task);

	xcap_fill_state(row, task);
	is_asleep = READ_ONCE(row->reason) == XCAP_REASON_SLEEP;
	target = xcap_target_at_first(row, task, is_asleep);
	/* A task that sleeps in a read is shown or not by what it reads; any other by its state alone. */
	if (!xcap_is_shown(row) && !(target & XCAP_TARGET_READ_CLASS))
		return 0;
	if (!xcap_is_wanted(task->tgid))
		return 0;
	xcap_set_current(task);
	if (target && !xcap_judge_target(row, task, target, is_asleep))
		return 0;

	/* Before the task is looked at more closely, so that all that is read of it is of one moment. */
	kn = xcap_cgroup_of(READ_ONCE(xcap_current.task));
	row->cgroup_id = xcap_get(struct kernfs_node, kn, id);
	if (!xcap_introduce_cgroup(seq, kn, row->cgroup_id))
		return 0;
	if (!READ_ONCE(row->kthread) && !xcap_introduce_process(seq, task))
		return 0;

	xcap_fill_identity(row, task);
	if ((xcap_want_kstack || xcap_want_ustack) && xcap_find_stacks(task, READ_ONCE(row->kthread)))
		parts |= XCAP_PART_STACKS;
	/* Before anything is marked. */
	if (!xcap_has_room(seq, shown_at))
		return 0;
	xcap_parts = parts | xcap_fill_parts(row, task, target, is_asleep);
	if (xcap_write_row(seq, row, shown_at))
		xcap_remember(row, task, kn);
	return 0;
}
