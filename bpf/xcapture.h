/* SPDX-License-Identifier: MIT */
/* The contract between bpf/ and native/: limits, and the knobs that native/ sets per walk. Records: record.gen.h. */
#ifndef XCAPTURE_H
#define XCAPTURE_H

#include "record.gen.h"

/* PATH_MAX of include/uapi/linux/limits.h: the most that /proc/PID/exe shows, too. */
#define XCAP_PATH_BYTES 4096
/* NAME_MAX + 1: one name of a path, with its NUL. */
#define XCAP_NAME_BYTES 256
/* As much of a command line as the kernel shows without looking at the environment (fs/proc/base.c). */
#define XCAP_CMDLINE_BYTES 4096
/* Room for the names of a path: the last one may begin at the limit. */
#define XCAP_NAMES_BYTES (XCAP_PATH_BYTES + XCAP_NAME_BYTES)
/* A path has at most PATH_MAX / 2 names; each mount it crosses costs one more step. */
#define XCAP_PATH_STEPS 2560
/* Descriptors that poll, select and epoll are looked through for; io_uring requests that are looked at. */
#define XCAP_MAX_LOOKED 1024
/* Free requests that a ring keeps are counted up to here; beyond, its two queues say how many are in flight. */
#define XCAP_MAX_FREE_REQUESTS 4096
/*
 * Nested control groups: the kernel's own default for cgroup.max.depth is unlimited, systemd and Kubernetes use under
 * 16.
 */
#define XCAP_CGROUP_STEPS 64

/* As much of what a system call reads or writes as is kept. */
#define XCAP_PAYLOAD_BYTES 512

/* As deep as stacks are followed: what the kernel keeps of one by default (kernel.perf_event_max_stack). */
#define XCAP_MAX_FRAMES 127
/*
 * A reader who keeps the last so many emitted stacks of a kind knows all that rows name: lib/recording/lookup-table.ts
 * does.
 */
#define XCAP_MAX_KNOWN_STACKS 8192
/* Of the seq file: eight of the smallest pages (kernel/bpf/bpf_iter.c). */
#define XCAP_BUFFER_BYTES 32768
/*
 * What is copied of a stack in user mode, at most; less where the rest of its row needs the buffer. libuv's event loop
 * has 12 KiB of events on it.
 */
#define XCAP_SLICE_BYTES 28672
/* The red zone of x86_64: some assembler keeps its caller's stack pointer there. */
#define XCAP_BELOW_SP 128
/* By DWARF's numbers, of either architecture (native/rust/unwind.h). */
#define XCAP_DWARF_REGS 33
/* Threads whose last stacks are kept. */
#define XCAP_LAST_STACKS 65536

/* Block requests in flight; the walk looks at all of their places. */
#define XCAP_MAX_REQUESTS 8192

/* How often --track-light looks whether the kernel has taken a request: some microseconds. */
#define XCAP_TASK_WORK_TRIES 256

/* Written by native/ before each walk, read by the walk. */
struct xcap_walk {
	__u64 number;		   /* 1, 2, … */
	__u64 start_ns;		   /* CLOCK_MONOTONIC */
	__u64 tasks;		   /* 0; the walk counts here how many it has looked at */
	__u64 unreadable;	   /* 0; and here the values in tasks' memory that it could not read */
	__u64 next_seq;		   /* number of the next mark; set before the first walk */
	__u64 marked_calls;	   /* so far */
	__u64 marked_requests;	   /* so far */
	__u64 without_slot;	   /* so far: sampled system calls that no slot was left for */
	__u64 task_work_ring_full; /* so far, with --track-light: ends that found no room */
	__u64 task_work_unseen;	   /* so far: calls that were not over when the end should have come */
	__u32 pids; /* -p: how many keys xcap_pids holds; 0: the walk shows every task that the kernel gives it */
};

/* Never 0, and no two calls begin within a nanosecond. */
#define XCAP_RET_OF(state) ((__u32)(state) | 1)

/* What is known of a thread's system call (bpf/tracking/slots.bpf.h). A cache line. */
struct xcap_slot {
	__u64 tag;    /* address of the saved registers; 0: free */
	__u64 state;  /* CLOCK_MONOTONIC at entry; 0: not in a system call, or in it since before the start */
	__u64 mark;   /* the state of a call that was sampled; 0: none */
	__u64 ret;    /* of the last call that has ended */
	__u32 ret_of; /* XCAP_RET_OF that call's state; 0: the thread has made no call since it got the slot */
	__u32 nr;     /* of the call */
	/* The rest is of the sampled call, written by the sampler before the mark. */
	__u64 seq;
	__u32 tid;
	__u32 marked_nr;
	__u32 marked; /* CLOCK_MONOTONIC >> XCAP_MARKED_SHIFT, the lower half */
	__u16 abi;
	__u8 partial;
	__u8 is_crowded; /* of the first slot of two: a thread whose place is here has its slot in a neighbour */
};
#define XCAP_MARKED_SHIFT 10

struct xcap_slots {
	struct xcap_slot slot[2];
};

#define XCAP_SLOT_KEYS 65536

/* Counted where it happens: sampled calls and requests whose end is not emitted. */
struct xcap_losses {
	__u64 ring_full;
	__u64 map_full;
	__u64 unseen;
	__u64 no_payload; /* the end is emitted without it */
};

#endif
