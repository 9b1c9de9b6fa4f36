/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What a system call reads or writes: its first bytes, gathered from a buffer, from vectors, or from the vectors of
 * messages. At the exit of a call that is what was transferred; before, it is what the call was given to write.
 *
 * The walk and the tracepoint of sys_exit read the memory of the thread in different ways: each program that includes
 * this defines xcap_payload_read.
 */
#ifndef XCAP_PAYLOAD_BPF_H
#define XCAP_PAYLOAD_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "kernel/read.bpf.h"
#include "payloads.gen.h"
#include "record.gen.h"
#include "xcapture.h"

/* Vectors and messages that are looked at, also empty ones: UIO_MAXIOV of include/uapi/linux/uio.h. */
#define XCAP_PAYLOAD_STEPS 1024
#define XCAP_NO_LIMIT (~0ull)

/* A thread's payload. In memory that nobody else writes to. */
struct xcap_gathered {
	/* The verifier cannot know that what is added fits into what is left. */
	__u8 bytes[2 * XCAP_PAYLOAD_BYTES];
	__u64 piece[8]; /* one vector or message, as the program has it in its memory */
	__u64 vector, message;
	__u64 left; /* bytes that the message, or the call, has */
	__u32 vectors, messages;
	__u32 count; /* bytes gathered */
	bool is_compat, has_ended;
	__u8 has_failed; /* 0 or 1; as a bool the verifier would not know that */
};

struct xcap_gatherer {
	struct xcap_gathered *to;
	struct task_struct *task; /* null: the present one */
};

/* Reads memory of the thread. False when not all of it can be read. */
static __always_inline bool xcap_payload_read(struct xcap_gatherer *of, void *to, u32 bytes, u64 from);

/* The payload of that call, a byte of bpf/payloads.gen.h. */
static __always_inline u8 xcap_payload_of(s32 nr, u32 abi)
{
	if (nr < 0 || nr >= XCAP_PAYLOAD_CALLS)
		return 0;
	return abi == XCAP_ABI_NATIVE ? xcap_native_payloads[nr] : xcap_compat_payloads[nr];
}

static __always_inline void xcap_gather_bytes(struct xcap_gatherer *of, u64 from, u64 len)
{
	struct xcap_gathered *to = of->to;
	u32 at = READ_ONCE(to->count), bytes;

	if (len > READ_ONCE(to->left))
		len = READ_ONCE(to->left);
	if (at >= XCAP_PAYLOAD_BYTES || !len)
		return;
	bytes = len < XCAP_PAYLOAD_BYTES - at ? len : XCAP_PAYLOAD_BYTES - at;
	/* For the verifier, which has lost sight of it; the compiler knows it and would leave this out. */
	barrier_var(bytes);
	if (bytes > XCAP_PAYLOAD_BYTES)
		return;
	if (!xcap_payload_read(of, to->bytes + at, bytes, from)) {
		to->has_failed = true;
		return;
	}
	to->count = at + bytes;
	to->left -= len;
}

/* include/linux/socket.h and include/net/compat.h: struct user_msghdr, in words of the program's own size. */
#define XCAP_MESSAGE_WORDS 7

static __always_inline bool xcap_read_piece(struct xcap_gatherer *of, u64 from, u32 bytes)
{
	if (xcap_payload_read(of, of->to->piece, bytes, from))
		return true;
	of->to->has_failed = true;
	return false;
}

/* Takes a message, and leaves its vectors to be looked at. In an array each is followed by how much of it was moved. */
static __always_inline bool xcap_next_message(struct xcap_gatherer *of, bool is_in_array)
{
	struct xcap_gathered *to = of->to;
	u32 *words = (u32 *)to->piece;
	u32 word = READ_ONCE(to->is_compat) ? sizeof(u32) : sizeof(u64);
	u32 bytes = (XCAP_MESSAGE_WORDS + is_in_array) * word;

	if (!xcap_read_piece(of, to->message, bytes))
		return false;
	to->message += bytes;
	to->vector = to->is_compat ? words[2] : to->piece[2];
	to->vectors = to->is_compat ? words[3] : to->piece[3];
	if (is_in_array && to->has_ended)
		to->left = to->is_compat ? words[XCAP_MESSAGE_WORDS] : (u32)to->piece[XCAP_MESSAGE_WORDS];
	else if (is_in_array)
		to->left = XCAP_NO_LIMIT;
	return true;
}

static __always_inline bool xcap_next_vector(struct xcap_gatherer *of)
{
	struct xcap_gathered *to = of->to;
	u32 *words = (u32 *)to->piece;

	to->vectors--;
	if (READ_ONCE(to->is_compat)) {
		if (!xcap_read_piece(of, to->vector, 2 * sizeof(u32)))
			return false;
		to->vector += 2 * sizeof(u32);
		xcap_gather_bytes(of, words[0], words[1]);
	} else {
		if (!xcap_read_piece(of, to->vector, 2 * sizeof(u64)))
			return false;
		to->vector += 2 * sizeof(u64);
		xcap_gather_bytes(of, to->piece[0], to->piece[1]);
	}
	return !to->has_failed;
}

static long xcap_gather_step(u64 step, struct xcap_gatherer *of)
{
	struct xcap_gathered *to = of->to;

	if (READ_ONCE(to->count) >= XCAP_PAYLOAD_BYTES)
		return 1;
	if (READ_ONCE(to->vectors) && READ_ONCE(to->left))
		return !xcap_next_vector(of);
	if (!READ_ONCE(to->messages))
		return 1;
	to->messages--;
	return !xcap_next_message(of, true);
}

/*
 * Gathers what the call carries: of a call that has ended as many bytes, or messages, as it says. True when all that
 * was to be read could be read; what could be is there in any case.
 */
static __always_inline bool xcap_gather(struct xcap_gatherer *of, u32 layout, u64 second, u64 third, bool is_compat,
					bool has_ended, u64 ret)
{
	struct xcap_gathered *to = of->to;

	to->is_compat = is_compat;
	to->has_ended = has_ended;
	to->has_failed = false;
	to->count = 0;
	to->vectors = 0;
	to->messages = 0;
	to->left = has_ended ? ret : XCAP_NO_LIMIT;
	switch (layout) {
	case XCAP_PAYLOAD_LAYOUT_BUFFER:
		/* With MSG_TRUNC recv returns how much there was. */
		xcap_gather_bytes(of, second, third);
		return !to->has_failed;
	case XCAP_PAYLOAD_LAYOUT_VECTORS:
		to->vector = second;
		to->vectors = third;
		break;
	case XCAP_PAYLOAD_LAYOUT_MESSAGE:
		to->message = second;
		if (!xcap_next_message(of, false))
			return false;
		break;
	case XCAP_PAYLOAD_LAYOUT_MESSAGES:
		to->message = second;
		to->messages = has_ended ? ret : third;
		break;
	default:
		return true;
	}
	bpf_loop(XCAP_PAYLOAD_STEPS, xcap_gather_step, of, 0);
	return !READ_ONCE(to->has_failed);
}

#endif
