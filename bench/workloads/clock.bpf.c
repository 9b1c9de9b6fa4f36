// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/* Floors for what tracking a system call costs: tracepoints that do nothing, and that read the clock at entry. */
#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("raw_tp/sys_enter")
int empty_enter(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int clock_enter(void *ctx)
{
	return bpf_ktime_get_ns() == 0;
}

SEC("raw_tp/sys_exit")
int empty_exit(void *ctx)
{
	return 0;
}
