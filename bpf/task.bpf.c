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
#include "xcapture.h"
#include "config.gen.h"
#include "maps.bpf.h"
#include "walk-state.bpf.h"
#include "kernel/compat.bpf.h"
#include "task/state.bpf.h"
#include "kernel/syscall.bpf.h"
#include "kernel/path.bpf.h"
#include "task/cgroup.bpf.h"
#include "tracking/mark-call.bpf.h"
#include "tracking/task-work.bpf.h"
#include "tracking/mark-request.bpf.h"
#include "task/write-payload.bpf.h"
#include "task/stack.bpf.h"
#include "task/syscall-target.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Rows are put together here and written in one piece; too large for the stack. */
static struct {
	struct xcap_process process;
	char exe[XCAP_PADDED(XCAP_NAMES_BYTES)];
	char cmdline[XCAP_PADDED(XCAP_CMDLINE_BYTES)];
} xcap_process_row;

static struct {
	struct xcap_task task;
	struct xcap_ns ns;
} xcap_task_row;

/* What the rows written so far have told, so that a process's path and a control group's are told once a walk. */
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

/* The command line as /proc/PID/cmdline gives it, without the environment that setproctitle may spill into. */
static __always_inline u16 xcap_read_cmdline(struct task_struct *task, u64 mm, char *to)
{
	u64 start = xcap_get(struct mm_struct, mm, arg_start), len = xcap_get(struct mm_struct, mm, arg_end) - start;

	if (len > XCAP_CMDLINE_BYTES)
		len = XCAP_CMDLINE_BYTES;
	return len && xcap_read_user(task, to, len, start) ? len : 0;
}

static __always_inline bool xcap_emit_process(struct seq_file *seq, struct task_struct *task)
{
	u64 mm = READ_ONCE(xcap_current.mm), exe_file;
	struct xcap_process *row = &xcap_process_row.process;
	u32 len = 0, cmdline_len = 0;

	if (!mm)
		return true;
	exe_file = (u64)xcap_get(struct mm_struct, mm, exe_file);
	if (xcap_emitted.tgid == (u32)task->tgid && xcap_emitted.mm == mm && xcap_emitted.exe_file == exe_file)
		return true;
	row->exe_flags = 0;
	if (exe_file)
		len = xcap_read_path(xcap_current.fs, exe_file, xcap_process_row.exe, &row->exe_flags);
	if (len > XCAP_NAMES_BYTES)
		len = XCAP_NAMES_BYTES;
	if (xcap_want_cmdline)
		cmdline_len = xcap_read_cmdline(task, mm, xcap_process_row.cmdline);
	row->head.kind = XCAP_KIND_PROCESS;
	row->head.len = sizeof(*row) + XCAP_PAD(len) + XCAP_PAD(cmdline_len);
	row->tgid = task->tgid;
	row->exe_bytes = len;
	row->cmdline_bytes = cmdline_len;
	if (bpf_seq_write(seq, &xcap_process_row, sizeof(*row) + XCAP_PAD(len)))
		return false;
	if (xcap_want_cmdline) {
		if (cmdline_len > XCAP_CMDLINE_BYTES)
			cmdline_len = XCAP_CMDLINE_BYTES;
		if (cmdline_len && bpf_seq_write(seq, xcap_process_row.cmdline, XCAP_PAD(cmdline_len)))
			return false;
	}
	return true;
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

static __always_inline bool xcap_is_shown(struct xcap_task *row)
{
	return xcap_all || !(XCAP_IDLE_REASONS >> (READ_ONCE(row->reason) & 31) & 1);
}

static __always_inline u32 xcap_row_bytes(u16 parts)
{
	return sizeof(struct xcap_task) + (parts & XCAP_PART_SYSCALL ? sizeof(struct xcap_syscall) : 0) +
	       (parts & XCAP_PART_NS ? sizeof(struct xcap_ns) : 0) + xcap_work_bytes(parts) +
	       (parts & XCAP_PART_TRACKED ? sizeof(struct xcap_tracked) : 0) +
	       (parts & XCAP_PART_IORQ ? sizeof(struct xcap_iorq) : 0) +
	       (parts & XCAP_PART_PAYLOAD ? xcap_write_payload_bytes() : 0) +
	       (parts & XCAP_PART_STACKS ? sizeof(struct xcap_stacks) : 0);
}

/* More than any row takes: three files, a path, a UNIX name, a payload, two stacks, and the rest. */
#define XCAP_ROW_BYTES (3 * XCAP_NAMES_BYTES + XCAP_PATH_BYTES + 2 * XCAP_MAX_FRAMES * 8 + 2048)

/*
 * A row that does not fit is undone and shown again, and its task may have left meanwhile what was marked. So the read
 * ends here when the largest row would not fit; what the kernel cannot take ends it.
 */
static __always_inline bool xcap_has_room(struct seq_file *seq, u64 shown_at)
{
	u64 need = XCAP_ROW_BYTES + (xcap_want_slice ? xcap_slice_bytes() : 0);

	/* A task that begins the buffer has all of it. */
	if (seq->count + need < seq->size || shown_at == 0)
		return true;
	for (u32 bytes = 0; bytes < seq->size && bytes < XCAP_BUFFER_BYTES; bytes += sizeof(xcap_path_row))
		bpf_seq_write(seq, &xcap_path_row, sizeof(xcap_path_row));
	return false;
}

SEC("iter.s/task")
int xcap_sample(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct xcap_task *row = &xcap_task_row.task;
	struct xcap_slot *slot;
	struct kernfs_node *kn;
	struct pid *pid;
	u32 level;
	u16 parts = 0;
	u8 target = 0;
	bool is_asleep;
	u64 shown_at = seq->count;

	if (!task) {
		struct xcap_walk_end end = { { XCAP_KIND_WALK_END, 0, sizeof(end) },
					     xcap_walk.tasks,
					     xcap_walk.unreadable };

		bpf_seq_write(seq, &end, sizeof(end));
		return 0;
	}
	/* Not an increment: the task may have been shown before. */
	xcap_walk.tasks = ctx->meta->seq_num + 1;
	if (xcap_emitted.walk != xcap_walk.number)
		xcap_start_walk();
	if (xcap_gives_slots && xcap_is_wanted(task->tgid))
		xcap_give_slot(task);
	row->kthread = !!(task->flags & PF_KTHREAD);
	row->state_word = task->__state | task->exit_state;
	row->state = xcap_state(task, task->__state, task->exit_state);
	row->reason = xcap_state_reason(READ_ONCE(row->state), READ_ONCE(row->kthread));
	xcap_current_call.in_call = false;
	is_asleep = READ_ONCE(row->reason) == XCAP_REASON_SLEEP;
	if (is_asleep || (!xcap_track_calls && !xcap_track_task_work && !READ_ONCE(row->kthread) && xcap_is_shown(row)))
		target = xcap_enter_call(task);
	/* A task that sleeps in a read is shown or not by what it reads; any other by its state alone. */
	if (!xcap_is_shown(row) && !(target & XCAP_TARGET_READ_CLASS))
		return 0;
	if (!xcap_is_wanted(task->tgid))
		return 0;
	xcap_set_current(task);
	if (target) {
		u32 verdict = xcap_find_target(task, target);

		if (is_asleep && target & XCAP_TARGET_READ_CLASS)
			row->reason = verdict;
		if (!xcap_is_shown(row))
			return 0;
	}
	/* Before the task is looked at more closely, so that all that is read of it is of one moment. */
	kn = xcap_cgroup_of(READ_ONCE(xcap_current.task));
	row->cgroup_id = xcap_get(struct kernfs_node, kn, id);
	if (xcap_want_container && kn != xcap_emitted.cgroup) {
		u64 *told = bpf_map_lookup_elem(&xcap_emitted_cgroups, &row->cgroup_id);

		if ((!told || *told != xcap_walk.number) && !xcap_emit_cgroup(seq, kn, row->cgroup_id))
			return 0;
	}
	if (!READ_ONCE(row->kthread) && !xcap_emit_process(seq, task))
		return 0;

	row->off_us = (bpf_ktime_get_ns() - xcap_walk.start_ns) / 1000;
	row->tid = task->pid;
	row->tgid = task->tgid;
	row->cpu = xcap_task_cpu(task);
	row->uid = xcap_get(struct cred, xcap_get(struct task_struct, READ_ONCE(xcap_current.task), cred), euid.val);
	bpf_probe_read_kernel(row->comm, sizeof(row->comm), task->comm);
	if ((xcap_want_kstack || xcap_want_ustack) && xcap_find_stacks(task, READ_ONCE(row->kthread)))
		parts |= XCAP_PART_STACKS;
	if ((xcap_track_calls || xcap_track_task_work || xcap_track_requests) && !xcap_has_room(seq, shown_at))
		return 0;
	if (xcap_track_requests && xcap_mark_request(row->tid))
		parts |= XCAP_PART_IORQ;
	if (!READ_ONCE(row->kthread)) {
		if (xcap_track_calls && xcap_mark_call(task))
			parts |= XCAP_PART_TRACKED;
		if (xcap_track_task_work && xcap_mark_call_by_task_work(task))
			parts |= XCAP_PART_TRACKED;
		if (xcap_track_calls || xcap_track_task_work)
			target = xcap_revalidate_call(task, target, is_asleep, parts & XCAP_PART_TRACKED);
		if (xcap_want_payload && xcap_current_call.in_call && xcap_gather_write(task))
			parts |= XCAP_PART_PAYLOAD;
		slot = xcap_track_calls && parts & XCAP_PART_TRACKED ? xcap_slot_of(task) : 0;
		if (slot && xcap_has_ended(slot)) {
			/* What was read of its memory may be of a later time. */
			parts &= ~XCAP_PART_PAYLOAD;
			if (!xcap_is_end_emitted(slot)) {
				parts &= ~XCAP_PART_TRACKED;
				xcap_current_call.in_call = false;
				target = 0;
			}
		}
		if (xcap_current_call.in_call)
			parts |= XCAP_PART_SYSCALL;
		pid = xcap_get(struct task_struct, READ_ONCE(xcap_current.task), thread_pid);
		level = xcap_get(struct pid, pid, level);
		if (level) {
			struct upid upid;

			parts |= XCAP_PART_NS;
			bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
			xcap_task_row.ns.nstid = upid.nr;
			xcap_task_row.ns.pidns = BPF_CORE_READ(upid.ns, ns.inum);
			pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
			bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
			xcap_task_row.ns.nstgid = upid.nr;
		}
	}
	xcap_current_call.parts = parts | xcap_prepare_target(task, target);
	parts = READ_ONCE(xcap_current_call.parts);
	row->head.kind = XCAP_KIND_TASK;
	row->head.parts = parts;
	row->head.len = xcap_row_bytes(parts);
	if (xcap_want_slice)
		xcap_fit_slice(seq->count - shown_at + row->head.len);
	if (parts & XCAP_PART_STACKS && !xcap_emit_stacks(seq, row->tgid))
		return 0;
	if (bpf_seq_write(seq, row, sizeof(*row)))
		return 0;
	if (parts & XCAP_PART_SYSCALL && bpf_seq_write(seq, &xcap_current_call.call, sizeof(xcap_current_call.call)))
		return 0;
	if (parts & XCAP_PART_NS && bpf_seq_write(seq, &xcap_task_row.ns, sizeof(xcap_task_row.ns)))
		return 0;
	if (!xcap_write_work(seq, parts))
		return 0;
	if (parts & XCAP_PART_TRACKED && bpf_seq_write(seq, &xcap_tracked_row, sizeof(xcap_tracked_row)))
		return 0;
	if (parts & XCAP_PART_IORQ && bpf_seq_write(seq, &xcap_iorq_row, sizeof(xcap_iorq_row)))
		return 0;
	if (parts & XCAP_PART_PAYLOAD && !xcap_write_gathered(seq))
		return 0;
	if (parts & XCAP_PART_STACKS) {
		if (bpf_seq_write(seq, &xcap_stacks_row, sizeof(xcap_stacks_row)))
			return 0;
		xcap_keep_stacks(task);
	}
	if (xcap_want_container && kn != xcap_emitted.cgroup) {
		xcap_emitted.cgroup = kn;
		bpf_map_update_elem(&xcap_emitted_cgroups, &row->cgroup_id, &xcap_emitted.walk, BPF_ANY);
	}
	if (!READ_ONCE(row->kthread) && xcap_current.mm) {
		xcap_emitted.tgid = row->tgid;
		xcap_emitted.mm = xcap_current.mm;
		xcap_emitted.exe_file = (u64)xcap_get(struct mm_struct, READ_ONCE(xcap_current.mm), exe_file);
	}
	return 0;
}
