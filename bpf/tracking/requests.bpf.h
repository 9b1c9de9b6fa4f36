/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
#ifndef XCAP_REQUESTS_BPF_H
#define XCAP_REQUESTS_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "xcapture.h"

/* A block request in flight. */
struct xcap_request {
	u64 state;    /* CLOCK_MONOTONIC at insertion << 1 | sampled; 0: completed */
	u64 issue_ns; /* the same, when it last went to the device; 0: it waits */
	u64 sector, bytes;
	u64 done; /* bytes */
	u64 seq;  /* of a sampled one, written by the walk before the bit is set */
	u32 insert_tid, insert_tgid;
	u32 issue_tid, issue_tgid;
	u32 cmd_flags;
	u32 left;   /* bytes, before the last piece that has completed */
	u32 merged; /* others that were merged into this one, and were sampled */
	u32 unused;
	u64 bdev; /* of one that is known by its bio yet: struct block_device */
};

/*
 * Block requests in flight. Key: address of the request, or of the bio until it is known; value: what is known of it.
 * Written by the tracepoints, marked by the walk. When it is full a request is not tracked, and counted as lost.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XCAP_MAX_REQUESTS);
	__type(key, u64);
	__type(value, struct xcap_request);
} xcap_requests SEC(".maps");

#endif
