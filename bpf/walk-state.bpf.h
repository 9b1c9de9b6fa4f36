/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* What a walk keeps in globals. One walk runs at a time (one sampler thread). */
#ifndef XCAP_WALK_STATE_BPF_H
#define XCAP_WALK_STATE_BPF_H

#include "kernel/read.bpf.h"
#include "xcapture.h"

/* User space maps it: native/ writes it before each walk and reads its counters after it. */
struct xcap_walk xcap_walk = {};

/*
 * Addresses of the task that the walk is at, as numbers. A pointer that the verifier trusts makes it search all types
 * of the kernel each time the pointer is followed: about a millisecond of load time for every place in the program.
 */
XCAP_STATIC struct {
	u64 task, mm, fs, files;
} xcap_current;

static __always_inline void xcap_set_current(struct task_struct *task)
{
	u64 number = xcap_number(task);

	xcap_current.task = number;
	xcap_current.mm = (u64)xcap_get(struct task_struct, number, mm);
	xcap_current.fs = (u64)xcap_get(struct task_struct, number, fs);
	xcap_current.files = (u64)xcap_get(struct task_struct, number, files);
}

#endif
