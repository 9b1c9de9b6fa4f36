/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
#ifndef XCAP_EVENTS_BPF_H
#define XCAP_EVENTS_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "record.gen.h"

/*
 * Completions: entries of record.gen.h, written by the tracepoints, read by native/'s drain thread. When it is full the
 * record is lost, and struct xcap_losses counts it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} xcap_events SEC(".maps");

/* The head of an event without text. */
static __always_inline void xcap_begin_event(struct xcap_head *head, u16 kind, u32 bytes)
{
	head->kind = kind;
	head->parts = 0;
	head->len = bytes;
}

#endif
