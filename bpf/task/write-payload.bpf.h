/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* What a sampled task is about to write or send, read from its memory. */
#ifndef XCAP_WRITE_PAYLOAD_BPF_H
#define XCAP_WRITE_PAYLOAD_BPF_H

#include "kernel/user.bpf.h"
#include "task/syscall-target.bpf.h"
#include "tracking/payload.bpf.h"

static __always_inline bool xcap_payload_read(struct xcap_gatherer *of, void *to, u32 bytes, u64 from)
{
	return xcap_read_user(of->task, to, bytes, from);
}

XCAP_STATIC struct {
	struct xcap_payload part;
	struct xcap_gathered gathered;
} xcap_payload_row;

/* False when the call writes nothing, or nothing of it can be read. */
static __always_inline bool xcap_gather_write(struct task_struct *task)
{
	struct xcap_gatherer of = { &xcap_payload_row.gathered, task };
	const struct xcap_syscall *call = &xcap_current_call.call;
	u8 payload = xcap_payload_of(call->nr, call->abi);

	if (!(payload & XCAP_PAYLOAD_WRITES))
		return false;
	xcap_gather(&of, XCAP_PAYLOAD_LAYOUT(payload), call->arg2, call->arg3, call->abi == XCAP_ABI_COMPAT, false, 0);
	xcap_payload_row.part.bytes = xcap_payload_row.gathered.count;
	return READ_ONCE(xcap_payload_row.part.bytes);
}

#endif
