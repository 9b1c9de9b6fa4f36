// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/* The floor: a task iterator that does nothing. */
#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("iter.s/task")
int empty(struct bpf_iter__task *ctx)
{
	return 0;
}
