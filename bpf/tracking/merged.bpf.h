/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Sampled requests that were merged into others. */
#ifndef XCAP_MERGED_BPF_H
#define XCAP_MERGED_BPF_H

#include "kernel/read.bpf.h"
#include "tracking/requests.bpf.h"

/* A sampled request that was merged into another one, and ends with it. */
struct xcap_merged_request {
	u64 leader; /* address of the request */
	struct xcap_request request;
};

/*
 * Key: the number of the sampled request. Written when it is merged, taken when its leader completes. When it is full
 * the request is lost, and counted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct xcap_merged_request);
} xcap_merged SEC(".maps");

/* The request that another one is merged into: it ends with the same bio now. */
struct xcap_leader {
	u64 biotail;
	u64 other; /* request */
	u64 found;
};

static long xcap_find_leader(void *map, u64 *key, struct xcap_request *request, struct xcap_leader *leader)
{
	u64 address = *key;

	if (request->bdev || !request->state || address == leader->other ||
	    (u64)xcap_get(struct request, address, biotail) != leader->biotail)
		return 0;
	leader->found = address;
	return 1;
}

static long xcap_hand_on(void *map, u64 *key, struct xcap_merged_request *merged, struct xcap_leader *leader)
{
	if (merged->leader == leader->other)
		merged->leader = leader->found;
	return 0;
}

/*
 * A request that is going, which is sampled or is followed by such: they all end with the one that it was merged into.
 * False when the end of this one will not be emitted.
 */
static __always_inline bool xcap_merge(struct request *rq, struct xcap_request *request, u64 state)
{
	struct xcap_leader leader = { (u64)rq->biotail, (u64)rq, 0 };
	struct xcap_merged_request merged = { .request = *request };
	u64 key = request->seq;
	struct xcap_request *other;

	bpf_for_each_map_elem(&xcap_requests, xcap_find_leader, &leader, 0);
	other = bpf_map_lookup_elem(&xcap_requests, &leader.found);
	if (request->merged)
		bpf_for_each_map_elem(&xcap_merged, xcap_hand_on, &leader, 0);
	merged.leader = leader.found;
	merged.request.state = state;
	if (other)
		__sync_fetch_and_add(&other->merged, 1 + request->merged);
	return !(state & 1) || (other && !bpf_map_update_elem(&xcap_merged, &key, &merged, BPF_ANY));
}

#endif
