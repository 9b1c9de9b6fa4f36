/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
#ifndef XCAP_MAPS_BPF_H
#define XCAP_MAPS_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>

/*
 * The maps of the walk itself. A map whose value is private to one header is declared there, with its key, value and
 * writer: xcap_percpu_probe (kernel/percpu), xcap_known_stacks and xcap_last_of_threads (task/stack), xcap_slots
 * (tracking/mark-call), xcap_owners and xcap_pending (tracking/mark-request), xcap_requests (tracking/requests),
 * xcap_flushes (tracking/flushes), xcap_merged (tracking/merged), xcap_task_work_calls (tracking/task-work),
 * xcap_events (tracking/events) and xcap_end_room (sysc.bpf.c).
 */

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
 * Control groups whose path this walk has emitted. Key: cgroup id; value: the walk's number. Written and read by the
 * walk. When it is full the least recently used entry goes, and that path is emitted once more: this costs time and
 * loses nothing.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u64);
} xcap_emitted_cgroups SEC(".maps");

#endif
