/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * A path as the kernel gives it up: one name after the other, leaf first, each with its NUL. The decoder turns it
 * round. Written this way nothing has to be moved, and the verifier can see every bound.
 */
#ifndef XCAP_NAMES_BPF_H
#define XCAP_NAMES_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "xcapture.h"

struct xcap_names {
	char *to; /* XCAP_NAMES_BYTES of room */
	u32 len;  /* bytes stored */
	bool whole;
};

/* Every entry, and so every piece of one, fills whole words of eight bytes. */
#define XCAP_PAD(bytes) (((bytes) + 7) & ~7u)

/* Room for the padding, so that the verifier can see that it fits. */
#define XCAP_PADDED(bytes) ((bytes) + 8)

/* Writes a fixed part and the text after it, whose length the verifier cannot know. False when they do not fit. */
#define xcap_write_with_text(seq, row, fixed_bytes, text_bytes, max)                                                   \
	({                                                                                                             \
		u32 bytes_ = text_bytes;                                                                               \
		bytes_ = XCAP_PAD(bytes_ <= (max) ? bytes_ : (max));                                                   \
		!bpf_seq_write(seq, row, (fixed_bytes) + bytes_);                                                      \
	})

/* Stores one more name; false when there is no room for it. */
static __always_inline bool xcap_append_name(struct xcap_names *names, const void *name)
{
	u32 at = names->len;
	long n;

	if (at >= XCAP_PATH_BYTES)
		return false;
	n = bpf_probe_read_kernel_str(names->to + at, XCAP_NAME_BYTES, name);
	if (n <= 0)
		return false;
	names->len = at + n;
	return true;
}

#endif
