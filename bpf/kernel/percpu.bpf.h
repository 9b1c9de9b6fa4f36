/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Sums over the CPUs, for counters that the kernel keeps once a CPU. */
#ifndef XCAP_PERCPU_BPF_H
#define XCAP_PERCPU_BPF_H

#include "kernel/read.bpf.h"

/* More CPUs than any kernel is built for. */
#define XCAP_MAX_CPUS 8192

/*
 * Shows where each CPU keeps its part of a per-CPU map. Key: 0; value: unused. Nobody writes it: only the addresses of
 * its values are read.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} xcap_percpu_probe SEC(".maps");

enum bpf_func_id___percpu {
	BPF_FUNC_map_lookup_percpu_elem___percpu = 1,
};

XCAP_STATIC struct {
	const void *map, *of_one; /* where xcap_percpu_probe is, and what one CPU has of it */
	u64 of_all;		  /* its address as the kernel's per-CPU pointers are */
	u64 counter;		  /* the same of 32 bits */
	s64 sum;
} xcap_percpu;

static long xcap_percpu_step(u64 cpu, void *ctx)
{
	u32 zero = 0;
	const void *of_one = bpf_map_lookup_percpu_elem(&xcap_percpu_probe, &zero, cpu);
	s32 value = 0;

	if (!of_one)
		return 1;
	/* Through memory, where pointers become the numbers that they are. */
	xcap_percpu.of_one = of_one;
	bpf_probe_read_kernel(&value, sizeof(value),
			      (void *)(xcap_percpu.counter + (u64)READ_ONCE(xcap_percpu.of_one) - xcap_percpu.of_all));
	xcap_percpu.sum += value;
	return 0;
}

/*
 * The sum of a counter of 32 bits that every CPU has. The distance between a per-CPU pointer and the copy of one CPU is
 * the same for all counters, and a map of ours shows it: kernels without CONFIG_KALLSYMS_ALL, which give no names of
 * variables, show it in no other way. Before 5.19 maps do not either, and the sum is 0.
 */
static __always_inline s64 xcap_sum_of_cpus(u64 counter)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id___percpu, BPF_FUNC_map_lookup_percpu_elem___percpu))
		return 0;
	xcap_percpu.map = &xcap_percpu_probe;
	xcap_percpu.of_all = xcap_pointer_at(xcap_at(struct bpf_array, (u64)READ_ONCE(xcap_percpu.map), pptrs));
	xcap_percpu.counter = counter;
	xcap_percpu.sum = 0;
	bpf_loop(XCAP_MAX_CPUS, xcap_percpu_step, 0, 0);
	return xcap_percpu.sum;
}

#endif
