/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Emits a control group's path before the first row of a walk that names the group. */
#ifndef XCAP_CGROUP_BPF_H
#define XCAP_CGROUP_BPF_H

#include "config.gen.h"
#include "kernel/compat.bpf.h"
#include "kernel/names.bpf.h"

/* The node of the task's control group. */
static __always_inline struct kernfs_node *xcap_cgroup_of(u64 task)
{
	u64 css_set = (u64)xcap_get(struct task_struct, task, cgroups), cgroup;
	u64 controllers = xcap_at(struct css_set, css_set, subsys), css;

	if (xcap_hierarchy == XCAP_HIERARCHY_MEMORY)
		css = xcap_pointer_at(controllers + bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * 8);
	else if (xcap_hierarchy == XCAP_HIERARCHY_PIDS)
		css = xcap_pointer_at(controllers + bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id) * 8);
	else if (xcap_hierarchy == XCAP_HIERARCHY_CPU)
		css = xcap_pointer_at(controllers + bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id) * 8);
	else
		return xcap_get(struct cgroup, xcap_get(struct css_set, css_set, dfl_cgrp), kn);
	cgroup = (u64)xcap_get(struct cgroup_subsys_state, css, cgroup);
	return xcap_get(struct cgroup, cgroup, kn);
}

static struct {
	struct xcap_cgroup cgroup;
	char names[XCAP_PADDED(XCAP_NAMES_BYTES)];
} xcap_cgroup_row;

struct xcap_cgroup_climb {
	struct xcap_names names;
	struct kernfs_node *kn;
};

static long xcap_cgroup_step(u64 step, struct xcap_cgroup_climb *climb)
{
	struct kernfs_node *kn = climb->kn, *parent = xcap_kernfs_parent(kn);

	if (!parent) {
		climb->names.whole = true;
		return 1;
	}
	if (!xcap_append_name(&climb->names, BPF_CORE_READ(kn, name)))
		return 1;
	climb->kn = parent;
	return 0;
}

/* False when it did not fit. xcap_remember (bpf/task.bpf.c) notes that it was emitted. */
static __always_inline bool xcap_emit_cgroup(struct seq_file *seq, struct kernfs_node *kn, u64 id)
{
	struct xcap_cgroup_climb climb = { .names = { .to = xcap_cgroup_row.names }, .kn = kn };
	struct xcap_cgroup *row = &xcap_cgroup_row.cgroup;
	u32 len;

	bpf_loop(XCAP_CGROUP_STEPS, xcap_cgroup_step, &climb, 0);
	len = climb.names.len;
	if (len > XCAP_NAMES_BYTES)
		len = XCAP_NAMES_BYTES;
	row->head.kind = XCAP_KIND_CGROUP;
	row->head.len = sizeof(*row) + XCAP_PAD(len);
	row->cgroup_id = id;
	row->path_bytes = len;
	row->path_flags = climb.names.whole ? 0 : XCAP_PATH_CUT;
	return !bpf_seq_write(seq, &xcap_cgroup_row, sizeof(*row) + XCAP_PAD(len));
}

#endif
