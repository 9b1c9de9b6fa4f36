/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Requests that ask for a flush, alone or around a write. The kernel keeps them aside while requests of its own flush
 * the device. Only their bio shows them, so they are known by that until they are seen, at their write or at their end.
 * The kernel's own requests belong to nobody; they show when the device was asked.
 */
#ifndef XCAP_FLUSHES_BPF_H
#define XCAP_FLUSHES_BPF_H

#include "kernel/read.bpf.h"
#include "tracking/requests.bpf.h"

/* When a device was last asked to flush what it has cached. */
struct xcap_flush {
	u64 issue_ns;
	u32 tid, tgid;
};

/* Key: struct request_queue. Written and read by the tracepoints; when it is full the least recently used one goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, u64);
	__type(value, struct xcap_flush);
} xcap_flushes SEC(".maps");

#define XCAP_OPERATION(cmd_flags) ((cmd_flags)&0xff)

/* The kernel's own flush. */
static __always_inline bool xcap_is_own_flush(struct request *rq)
{
	return XCAP_OPERATION(rq->cmd_flags) == REQ_OP_FLUSH;
}

static __always_inline bool xcap_asks_for_flush(u32 opf)
{
	return opf & (1u << bpf_core_enum_value(enum req_flag_bits, __REQ_FUA) |
		      1u << bpf_core_enum_value(enum req_flag_bits, __REQ_PREFLUSH));
}

/*
 * Between its flushes: the request is not done when it completes. The kernel has put a function of its own there, to go
 * on with the next one, and takes it away again before the end; other requests of file systems have none.
 */
static __always_inline bool xcap_is_in_flush_sequence(struct request *rq, const struct xcap_request *request)
{
	return rq->end_io && xcap_asks_for_flush(request->cmd_flags);
}

/* The request's own flush has made it known already. */
static __always_inline bool xcap_take_over_bio(struct request *rq, struct xcap_request *begun)
{
	struct bio *bio = rq->bio;
	struct xcap_request *known;
	u64 key = (u64)bio;

	if (!bio || !xcap_asks_for_flush(bio->bi_opf))
		return false;
	known = bpf_map_lookup_elem(&xcap_requests, &key);
	if (!known)
		return false;
	begun->insert_tid = known->insert_tid;
	begun->insert_tgid = known->insert_tgid;
	begun->cmd_flags = known->cmd_flags;
	/* The walk has stored the number before it sets the mark. */
	begun->state = __sync_lock_test_and_set(&known->state, 0);
	begun->seq = READ_ONCE(known->seq);
	bpf_map_delete_elem(&xcap_requests, &key);
	return begun->state;
}

/* A flush without a write never goes to the device itself: what did is the kernel's own. */
static __always_inline void xcap_find_flush(struct request *rq, struct xcap_request *request, u64 insert_ns)
{
	u64 key = (u64)rq->q;
	struct xcap_flush *flush = bpf_map_lookup_elem(&xcap_flushes, &key);

	if (!flush || flush->issue_ns < insert_ns)
		return;
	request->issue_ns = flush->issue_ns;
	request->issue_tid = flush->tid;
	request->issue_tgid = flush->tgid;
}

#endif
