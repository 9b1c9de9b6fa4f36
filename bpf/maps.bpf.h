/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
#ifndef XCAP_MAPS_BPF_H
#define XCAP_MAPS_BPF_H

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
 * The walk's state. One walk runs at a time (one sampler thread), so plain globals do; user space maps them.
 */
struct xcap_walk xcap_walk = {};

#endif
