/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The sampler's side of tracking block requests: at the start of a walk all requests in flight are counted by the
 * thread that has made them, and a row marks the oldest one of its thread.
 */
#ifndef XCAP_MARK_REQUEST_BPF_H
#define XCAP_MARK_REQUEST_BPF_H

#include "config.gen.h"
#include "kernel/read.bpf.h"
#include "record.gen.h"
#include "tracking/requests.bpf.h"
#include "walk-state.bpf.h"

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
 * Is the request still what the tracepoints said of it? A kernel may leave programs out, be it while one runs
 * or while a task is current that it keeps from them, and then nobody has said that the request completed. One that is
 * known by its bio: is that memory still a bio of the same device?
 */
static __always_inline bool xcap_is_in_flight(u64 key, const struct xcap_request *request)
{
	if (request->bdev)
		return (u64)xcap_get(struct bio, key, bi_bdev) == request->bdev;
	return xcap_get(struct request, key, ref.counter) != 0;
}

/*
 * Rings and aio contexts with requests in flight. Key: struct io_ring_ctx or struct kioctx; value: the oldest one that
 * the block layer has. Written and read by the walk, anew each time. When it is full the least recently used entry
 * goes: the row of who waits for that ring says less.
 */
struct xcap_pending {
	u64 walk;
	u64 oldest; /* state, unmarked */
	u64 request;
	u64 iocb; /* struct kiocb, and so struct io_kiocb or struct aio_kiocb */
	u32 tid;
	u32 unused;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, XCAP_MAX_REQUESTS);
	__type(key, u64);
	__type(value, struct xcap_pending);
} xcap_pending SEC(".maps");

static __always_inline bool xcap_is_kernel_address(u64 number)
{
	return (s64)number < -4095;
}

static __always_inline void xcap_note_pending(u64 owner, const struct xcap_pending *of)
{
	struct xcap_pending *known;

	if (!xcap_is_kernel_address(owner))
		return;
	known = bpf_map_lookup_elem(&xcap_pending, &owner);
	if (!known || known->walk != of->walk || of->oldest < known->oldest)
		bpf_map_update_elem(&xcap_pending, &owner, of, BPF_ANY);
}

/*
 * The asynchronous I/O that a bio may be part of. Nothing says of which kind a bio is, so all that it could be is
 * noted. A lookup by the address of a ring or context finds only what really belongs to it: what was misread lies under
 * other addresses.
 */
static __always_inline void xcap_note_iocb(u64 iocb, struct xcap_pending *of)
{
	if (!xcap_is_kernel_address(iocb))
		return;
	of->iocb = iocb;
	if (xcap_want_uring && bpf_core_field_exists(struct io_kiocb, ctx))
		xcap_note_pending((u64)xcap_get(struct io_kiocb, iocb, ctx), of);
	if (xcap_want_aio)
		xcap_note_pending((u64)xcap_get(struct aio_kiocb, iocb, ki_ctx), of);
}

static __always_inline void xcap_note_asynchronous(u64 key, const struct xcap_request *request, u64 state)
{
	struct xcap_pending of = { xcap_walk.number, state, key, 0, request->insert_tid, 0 };
	u64 bio = request->bdev ? key : (u64)xcap_get(struct request, key, bio), dio;

	if (!bio)
		return;
	dio = (u64)xcap_get(struct bio, bio, bi_private);
	if (xcap_is_kernel_address(dio) && bpf_core_field_exists(struct iomap_dio, iocb))
		xcap_note_iocb((u64)xcap_get(struct iomap_dio, dio, iocb), &of);
	if (!bpf_core_field_exists(struct blkdev_dio, bio))
		return;
	/* The first bio is within, the others point to it. */
	if (xcap_is_kernel_address(dio))
		xcap_note_iocb((u64)xcap_get(struct blkdev_dio, dio, iocb), &of);
	dio = bio - bpf_core_field_offset(struct blkdev_dio, bio);
	xcap_note_iocb((u64)xcap_get(struct blkdev_dio, dio, iocb), &of);
}

/* The oldest request in flight of a ring or a context; null when the block layer has none. */
static __always_inline struct xcap_pending *xcap_find_pending(u64 owner)
{
	struct xcap_pending *pending = bpf_map_lookup_elem(&xcap_pending, &owner);
	struct xcap_request *request;
	u64 key;

	if (!pending || pending->walk != xcap_walk.number)
		return 0;
	key = pending->request;
	request = bpf_map_lookup_elem(&xcap_requests, &key);
	return request && (request->state & ~1ull) == pending->oldest ? pending : 0;
}

static long xcap_count_request(void *map, u64 *key, struct xcap_request *request, void *ctx)
{
	u32 tid = request->insert_tid;
	u64 state = request->state & ~1ull;
	struct xcap_owner *owner, first = { xcap_walk.number, state, *key, 1, 0 };

	if (!state || !xcap_is_in_flight(*key, request))
		return 0;
	if (xcap_want_uring || xcap_want_aio)
		xcap_note_asynchronous(*key, request, state);
	if (!tid)
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

	if (!state || request->insert_tid != xcap_own_requests.tid || !xcap_is_in_flight(*key, request))
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
	state = READ_ONCE(request->state);
	/* The time of insertion distinguishes a request from the next one at that address. */
	if ((state & ~1ull) != oldest)
		return false;
	if (state & 1) {
		xcap_iorq_row.iorq_seq_num = request->seq;
		return READ_ONCE(request->state) == state;
	}
	xcap_iorq_row.iorq_seq_num = xcap_walk.next_seq++;
	request->seq = xcap_iorq_row.iorq_seq_num;
	if (__sync_val_compare_and_swap(&request->state, state, state | 1) != state)
		return false;
	xcap_walk.marked_requests++;
	return true;
}

/*
 * Marks the oldest request of the thread. True when xcap_iorq_row shows it. A fast device may have completed since
 * the start of the walk what was the oldest then; so the thread's requests are looked for once more.
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
	if (!READ_ONCE(xcap_own_requests.inflight))
		return false;
	xcap_iorq_row.inflight = xcap_own_requests.inflight;
	return xcap_try_request(READ_ONCE(xcap_own_requests.request), READ_ONCE(xcap_own_requests.oldest));
}

#endif
