// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * Block requests to their completion. A request is known from its insertion into a scheduler's queue, or without a
 * scheduler from its issue to the device; it may be put back, and it may complete piece by piece.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "xcapture.h"
#include "events.bpf.h"
#include "requests.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct xcap_losses xcap_iorq_lost SEC(".data") = {};

/* A marked request that no completion will be seen of. */
static __always_inline void xcap_drop(struct xcap_request *request)
{
	if (__sync_lock_test_and_set(&request->state, 0) & 1)
		__sync_fetch_and_add(&xcap_iorq_lost.dropped, 1);
}

static __always_inline void xcap_begin_request(struct xcap_request *before, struct request *rq, u64 now, bool is_issued)
{
	u64 key = (u64)rq, id = bpf_get_current_pid_tgid();
	struct xcap_request begun = {
		.state = now << 1,
		.issue_ns = is_issued ? now : 0,
		.sector = rq->__sector,
		.bytes = rq->__data_len,
		.insert_tid = id,
		.insert_tgid = id >> 32,
		.issue_tid = is_issued ? id : 0,
		.issue_tgid = is_issued ? id >> 32 : 0,
		.cmd_flags = rq->cmd_flags,
	};

	if (before)
		xcap_drop(before);
	if (bpf_map_update_elem(&xcap_requests, &key, &begun, BPF_ANY))
		__sync_fetch_and_add(&xcap_iorq_lost.map_full, 1);
}

SEC("tp_btf/block_rq_insert")
int BPF_PROG(xcap_rq_insert, struct request *rq)
{
	u64 key = (u64)rq;
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);

	/* After it was put back it is the same one. */
	if (!request || !request->state || request->issue_ns)
		xcap_begin_request(request, rq, bpf_ktime_get_ns(), false);
	return 0;
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(xcap_rq_issue, struct request *rq)
{
	u64 key = (u64)rq, now = bpf_ktime_get_ns(), id = bpf_get_current_pid_tgid();
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);

	if (!request || !request->state || request->issue_ns) {
		xcap_begin_request(request, rq, now, true);
		return 0;
	}
	request->issue_ns = now;
	request->issue_tid = id;
	request->issue_tgid = id >> 32;
	/* While it waited others may have been merged into it, also before its first sector. */
	request->cmd_flags = rq->cmd_flags;
	if (!request->done)
		request->sector = rq->__sector;
	request->bytes = request->done + rq->__data_len;
	return 0;
}

SEC("tp_btf/block_rq_requeue")
int BPF_PROG(xcap_rq_requeue, struct request *rq)
{
	u64 key = (u64)rq;
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);

	if (request)
		request->issue_ns = 0;
	return 0;
}

/* One that is merged into another goes with that. */
SEC("tp_btf/block_rq_merge")
int BPF_PROG(xcap_rq_merge, struct request *rq)
{
	u64 key = (u64)rq;
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);

	if (!request)
		return 0;
	xcap_drop(request);
	bpf_map_delete_elem(&xcap_requests, &key);
	return 0;
}

static __always_inline void xcap_tell_completion(struct request *rq, struct xcap_request *request, u64 state,
						 u32 status)
{
	struct xcap_iorqend *event = bpf_ringbuf_reserve(&xcap_events, sizeof(*event), 0);
	u64 id = bpf_get_current_pid_tgid();
	struct gendisk *disk;

	if (!event) {
		__sync_fetch_and_add(&xcap_iorq_lost.ring_full, 1);
		return;
	}
	event->head.kind = XCAP_KIND_IORQEND;
	event->head.parts = 0;
	event->head.len = sizeof(*event);
	event->seq = request->seq;
	event->insert_ns = state >> 1;
	event->issue_ns = request->issue_ns;
	event->complete_ns = bpf_ktime_get_ns();
	event->sector = request->sector;
	event->bytes = request->bytes;
	event->insert_tid = request->insert_tid;
	event->insert_tgid = request->insert_tgid;
	event->issue_tid = request->issue_tid;
	event->issue_tgid = request->issue_tgid;
	event->complete_tid = id;
	event->complete_tgid = id >> 32;
	event->cmd_flags = request->cmd_flags;
	event->status = status;
	event->major = event->minor = 0;
	__builtin_memset(event->dev_name, 0, sizeof(event->dev_name));
	disk = rq->q->disk;
	if (disk) {
		event->major = disk->major;
		event->minor = disk->first_minor;
		bpf_probe_read_kernel(event->dev_name, sizeof(event->dev_name), disk->disk_name);
	}
	bpf_ringbuf_submit(event, 0);
}

static __always_inline int xcap_complete(struct request *rq, u32 status, u32 nr_bytes)
{
	u64 key = (u64)rq, state;
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);

	if (!request)
		return 0;
	if (nr_bytes < rq->__data_len) {
		/* Each piece leaves less; so one that another of the programs has counted is known by what it left. */
		if (request->left != rq->__data_len) {
			request->left = rq->__data_len;
			request->done += nr_bytes;
		}
		return 0;
	}
	state = __sync_lock_test_and_set(&request->state, 0);
	if (state & 1)
		xcap_tell_completion(rq, request, state, status & 0xff);
	bpf_map_delete_elem(&xcap_requests, &key);
	return 0;
}

/*
 * The kernel leaves a program out where an interrupt finds the same program at work, and completions come in interrupts
 * of every kind: in a thread, a software interrupt in it, and one of hardware in that. So there are three of them. Whoever
 * comes first does the work, and the others find it done.
 */
#define XCAP_COMPLETE(name)                                                                                            \
	SEC("tp_btf/block_rq_complete") int BPF_PROG(name, struct request *rq, u32 status, u32 nr_bytes)               \
	{                                                                                                              \
		return xcap_complete(rq, status, nr_bytes);                                                            \
	}

XCAP_COMPLETE(xcap_rq_complete)
XCAP_COMPLETE(xcap_rq_complete2)
XCAP_COMPLETE(xcap_rq_complete3)
