/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The sampler's side of tracking block requests: at the start of a walk all requests in flight are counted by the thread
 * that has made them, and a row marks the oldest one of its thread.
 */
#ifndef XCAP_MARK_REQUEST_BPF_H
#define XCAP_MARK_REQUEST_BPF_H

#include "maps.bpf.h"
#include "record.gen.h"
#include "requests.bpf.h"

struct xcap_owner {
	u64 walk;
	u64 oldest; /* state, unmarked */
	u64 request;
	u32 inflight;
	u32 unused;
};

/*
 * Threads with requests in flight. Key: tid; value: how many, and the oldest. Written and read by the walk, anew each
 * time. When it is full the least recently used entry goes: that thread's row says nothing of requests.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, XCAP_MAX_REQUESTS);
	__type(key, u32);
	__type(value, struct xcap_owner);
} xcap_owners SEC(".maps");

XCAP_STATIC struct xcap_iorq xcap_iorq_row;

/*
 * Is the request still what the tracepoints said of it? Now and then the kernel leaves a program out, and then nobody has
 * said that it completed.
 */
static __always_inline bool xcap_is_in_flight(u64 key)
{
	return xcap_get(struct request, key, ref.counter) != 0;
}

static long xcap_count_request(void *map, u64 *key, struct xcap_request *request, void *ctx)
{
	u32 tid = request->insert_tid;
	u64 state = request->state & ~1ull;
	struct xcap_owner *owner, first = { xcap_walk.number, state, *key, 1, 0 };

	if (!state || !tid || !xcap_is_in_flight(*key))
		return 0;
	owner = bpf_map_lookup_elem(&xcap_owners, &tid);
	if (!owner || owner->walk != first.walk) {
		bpf_map_update_elem(&xcap_owners, &tid, &first, BPF_ANY);
		return 0;
	}
	owner->inflight++;
	if (state < owner->oldest) {
		owner->oldest = state;
		owner->request = *key;
	}
	return 0;
}

static __always_inline void xcap_count_requests(void)
{
	bpf_for_each_map_elem(&xcap_requests, xcap_count_request, 0, 0);
}

/* The oldest request in flight of one thread. */
XCAP_STATIC struct {
	u64 oldest, request;
	u32 tid, inflight;
} xcap_own_requests;

static long xcap_find_request(void *map, u64 *key, struct xcap_request *request, void *ctx)
{
	u64 state = request->state & ~1ull;

	if (!state || request->insert_tid != xcap_own_requests.tid || !xcap_is_in_flight(*key))
		return 0;
	if (!xcap_own_requests.inflight++ || state < xcap_own_requests.oldest) {
		xcap_own_requests.oldest = state;
		xcap_own_requests.request = *key;
	}
	return 0;
}

static __noinline bool xcap_try_request(u64 key, u64 oldest)
{
	struct xcap_request *request = bpf_map_lookup_elem(&xcap_requests, &key);
	u64 state;

	if (!request)
		return false;
	state = *(volatile u64 *)&request->state;
	/* Insertion times tell one request from the next in the same place. */
	if ((state & ~1ull) != oldest)
		return false;
	if (state & 1) {
		xcap_iorq_row.iorq_seq_num = request->seq;
		return *(volatile u64 *)&request->state == state;
	}
	xcap_iorq_row.iorq_seq_num = xcap_walk.next_seq++;
	request->seq = xcap_iorq_row.iorq_seq_num;
	if (__sync_val_compare_and_swap(&request->state, state, state | 1) != state)
		return false;
	xcap_walk.marked_requests++;
	return true;
}

/*
 * Marks the oldest request of the thread. True when xcap_iorq_row tells of it. A fast device may have completed since the
 * start of the walk what was the oldest then; so the thread's requests are looked for once more.
 */
static __always_inline bool xcap_mark_request(u32 tid)
{
	struct xcap_owner *owner = bpf_map_lookup_elem(&xcap_owners, &tid);

	if (!owner || owner->walk != xcap_walk.number)
		return false;
	xcap_iorq_row.inflight = owner->inflight;
	if (xcap_try_request(owner->request, owner->oldest))
		return true;
	xcap_own_requests.tid = tid;
	xcap_own_requests.inflight = 0;
	bpf_for_each_map_elem(&xcap_requests, xcap_find_request, 0, 0);
	if (!XCAP_ANY(xcap_own_requests.inflight))
		return false;
	xcap_iorq_row.inflight = xcap_own_requests.inflight;
	return xcap_try_request(XCAP_ANY(xcap_own_requests.request), XCAP_ANY(xcap_own_requests.oldest));
}

#endif
