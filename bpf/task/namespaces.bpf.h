/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* The ids of a task in its own PID namespace. */
#ifndef XCAP_NAMESPACES_BPF_H
#define XCAP_NAMESPACES_BPF_H

#include "record.gen.h"
#include "walk-state.bpf.h"

XCAP_STATIC struct xcap_ns xcap_ns_row;

/* False in the initial PID namespace, where these ids are those of the row. */
static __always_inline bool xcap_read_namespace(struct task_struct *task)
{
	struct pid *pid = xcap_get(struct task_struct, READ_ONCE(xcap_current.task), thread_pid);
	u32 level = xcap_get(struct pid, pid, level);
	struct upid upid;

	if (!level)
		return false;
	bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
	xcap_ns_row.nstid = upid.nr;
	xcap_ns_row.pidns = BPF_CORE_READ(upid.ns, ns.inum);
	pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
	bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
	xcap_ns_row.nstgid = upid.nr;
	return true;
}

#endif
