// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * Block requests to their completion. A request is known from its insertion into a scheduler's queue, or without a
 * scheduler from its issue to the device; it may be put back, it may be merged into another, and it may complete piece
 * by piece.
 */
#include "kernel/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "xcapture.h"
#include "tracking/events.bpf.h"
#include "tracking/flushes.bpf.h"
#include "tracking/merged.bpf.h"
#include "kernel/read.bpf.h"
#include "tracking/requests.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct xcap_losses xcap_iorq_lost SEC(".data") = {};

/* A marked request that no completion will be seen of. */
static __always_inline void xcap_drop(struct xcap_request *request)
{
	if (__sync_lock_test_and_set(&request->state, 0) & 1)
		__sync_fetch_and_add(&xcap_iorq_lost.unseen, 1);
}

static __always_inline void xcap_store_request(u64 key, struct xcap_request *before, struct xcap_request *begun)
{
	if (before)
		xcap_drop(before);
	if (bpf_map_update_elem(&xcap_requests, &key, begun, BPF_ANY))
		__sync_fetch_and_add(&xcap_iorq_lost.map_full, 1);
}

SEC("tp_btf/block_getrq")
int BPF_PROG(xcap_getrq, struct bio *bio)
{
	u64 key = (u64)bio, id;

	if (!xcap_asks_for_flush(bio->bi_opf))
		return 0;
	id = bpf_get_current_pid_tgid();
	struct xcap_request begun = {
		.state = bpf_ktime_get_ns() << 1,
		.sector = bio->bi_iter.bi_sector,
		.bytes = bio->bi_iter.bi_size,
		.insert_tid = id,
		.insert_tgid = id >> 32,
		.cmd_flags = bio->bi_opf,
		.bdev = (u64)bio->bi_bdev,
	};

	xcap_store_request(key, bpf_map_lookup_elem(&xcap_requests, &key), &begun);
	return 0;
}

static __always_inline void xcap_begin_request(struct xcap_request *before, struct request *rq, u64 now, bool is_issued)
{
	u64 id = bpf_get_current_pid_tgid();
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

	if (xcap_is_own_flush(rq))
		return;
	if (!xcap_take_over_bio(rq, &begun))
		begun.state = now << 1;
	xcap_store_request((u64)rq, before, &begun);
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
	struct xcap_request *request;

	if (xcap_is_own_flush(rq)) {
		struct xcap_flush flush = { now, id, id >> 32 };

		key = (u64)rq->q;
		bpf_map_update_elem(&xcap_flushes, &key, &flush, BPF_ANY);
		return 0;
	}
	request = bpf_map_lookup_elem(&xcap_requests, &key);
	if (!request || !request->state || request->issue_ns) {
		xcap_begin_request(request, rq, now, true);
		return 0;
	}
	request->issue_ns = now;
	request->issue_tid = id;
	request->issue_tgid = id >> 32;
	/* While it waited others may have been merged into it, also before its first sector. */
	if (!xcap_asks_for_flush(request->cmd_flags))
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
	u64 key = (u64)rq, state;
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);

	if (!request)
		return 0;
	state = __sync_lock_test_and_set(&request->state, 0);
	if ((state & 1 || request->merged) && !xcap_merge(rq, request, state))
		__sync_fetch_and_add(&xcap_iorq_lost.unseen, 1);
	bpf_map_delete_elem(&xcap_requests, &key);
	return 0;
}

/* What has completed: the request itself, and who was merged into it. */
struct xcap_completed {
	u64 rq;
	struct xcap_request *request;
	u64 ns;
	u32 status;
};

/* The times and the thread of the one that was sampled; of what the device did, the whole of it. */
static __always_inline void xcap_emit_completion(const struct xcap_completed *done, struct xcap_request *sampled,
						 u64 state)
{
	struct xcap_iorqend *event = bpf_ringbuf_reserve(&xcap_events, sizeof(*event), 0);
	const struct xcap_request *request = done->request;
	u64 id = bpf_get_current_pid_tgid(), queue, disk;

	if (!event) {
		__sync_fetch_and_add(&xcap_iorq_lost.ring_full, 1);
		return;
	}
	xcap_begin_event(&event->head, XCAP_KIND_IORQEND, sizeof(*event));
	event->seq = sampled->seq;
	event->insert_ns = state >> 1;
	event->issue_ns = request->issue_ns;
	event->complete_ns = done->ns;
	event->sector = request->sector;
	event->bytes = request->bytes;
	event->insert_tid = sampled->insert_tid;
	event->insert_tgid = sampled->insert_tgid;
	event->issue_tid = request->issue_tid;
	event->issue_tgid = request->issue_tgid;
	event->complete_tid = id;
	event->complete_tgid = id >> 32;
	event->cmd_flags = request->cmd_flags;
	event->status = done->status;
	event->major = event->minor = 0;
	__builtin_memset(event->dev_name, 0, sizeof(event->dev_name));
	queue = (u64)xcap_get(struct request, done->rq, q);
	disk = (u64)xcap_get(struct request_queue, queue, disk);
	if (disk) {
		event->major = xcap_get(struct gendisk, disk, major);
		event->minor = xcap_get(struct gendisk, disk, first_minor);
		bpf_probe_read_kernel(event->dev_name, sizeof(event->dev_name),
				      (void *)xcap_at(struct gendisk, disk, disk_name));
	}
	bpf_ringbuf_submit(event, 0);
}

static long xcap_emit_merged(void *map, u64 *key, struct xcap_merged_request *merged, struct xcap_completed *done)
{
	u64 seq = *key;

	if (merged->leader != done->rq)
		return 0;
	xcap_emit_completion(done, &merged->request, merged->request.state);
	bpf_map_delete_elem(&xcap_merged, &seq);
	return 0;
}

static __always_inline int xcap_complete(struct request *rq, u32 status, u32 nr_bytes)
{
	u64 key = (u64)rq, state;
	struct xcap_completed done = { key, bpf_map_lookup_elem(&xcap_requests, &key), 0, status & 0xff };
	struct xcap_request *request = done.request;
	struct bio *bio;

	if (!request) {
		bio = rq->bio;
		if (!bio || !xcap_asks_for_flush(bio->bi_opf))
			return 0;
		key = (u64)bio;
		done.request = request = bpf_map_lookup_elem(&xcap_requests, &key);
		if (!request)
			return 0;
	}
	/* After its write, or before it: the flushes around it are part of it. */
	if (xcap_is_in_flush_sequence(rq, request) && !done.status)
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
	/* Another of the programs was first. */
	if (!state)
		return 0;
	if (state & 1 || request->merged) {
		done.ns = bpf_ktime_get_ns();
		if (!request->issue_ns)
			xcap_find_flush(rq, request, state >> 1);
		if (state & 1)
			xcap_emit_completion(&done, request, state);
		if (request->merged)
			bpf_for_each_map_elem(&xcap_merged, xcap_emit_merged, &done, 0);
	}
	bpf_map_delete_elem(&xcap_requests, &key);
	return 0;
}

/*
 * The kernel leaves a program out where an interrupt finds the same program at work, and completions come in interrupts
 * of every kind: in a thread, a software interrupt in it, and one of hardware in that. So there are three of them.
 * Whoever comes first does the work, and the others find it done.
 */
#define XCAP_COMPLETE(name)                                                                                            \
	SEC("tp_btf/block_rq_complete") int BPF_PROG(name, struct request *rq, u32 status, u32 nr_bytes)               \
	{                                                                                                              \
		return xcap_complete(rq, status, nr_bytes);                                                            \
	}

XCAP_COMPLETE(xcap_rq_complete)
XCAP_COMPLETE(xcap_rq_complete2)
XCAP_COMPLETE(xcap_rq_complete3)
