/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
#ifndef XCAP_MAPS_BPF_H
#define XCAP_MAPS_BPF_H

#include "kernel/read.bpf.h"
#include "xcapture.h"

/*
 * -p with several processes. Key: tgid in the initial PID namespace; value: unused. Written by native/ before the
 * first walk, read by the walk; native/ sizes it to the number of processes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} xcap_pids SEC(".maps");

/*
 * Control groups whose path this walk has told. Key: cgroup id; value: the walk's number. Written and read by the
 * walk. When it is full the least recently used entry goes, and that path is told once more: costs time, loses nothing.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u64);
} xcap_told_cgroups SEC(".maps");

/*
 * Tells where the CPUs keep what each of them has (bpf/kernel/percpu.bpf.h). Key: 0; its value is never used.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} xcap_percpu_probe SEC(".maps");

/*
 * The walk's state. One walk runs at a time (one sampler thread), so plain globals do; user space maps them.
 */
struct xcap_walk xcap_walk = {};

/*
 * The task that the walk is at, as numbers. A pointer that the verifier trusts costs it a search through all types of the
 * kernel each time it is followed, a millisecond in all for every place in the program.
 */
XCAP_STATIC struct {
	u64 task, mm, fs, files;
} xcap_subject;

static __always_inline void xcap_set_subject(struct task_struct *task)
{
	u64 number = xcap_number(task);

	xcap_subject.task = number;
	xcap_subject.mm = (u64)xcap_get(struct task_struct, number, mm);
	xcap_subject.fs = (u64)xcap_get(struct task_struct, number, fs);
	xcap_subject.files = (u64)xcap_get(struct task_struct, number, files);
}

#endif
