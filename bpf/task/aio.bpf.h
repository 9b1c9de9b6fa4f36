/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Asynchronous I/O of io_submit. The kernel counts the requests in flight, but lists only those that can be cancelled
 * (polls); for the others it takes the file of the request block that completed last, which programs use again and
 * again.
 */
#ifndef XCAP_AIO_BPF_H
#define XCAP_AIO_BPF_H

#include "task/wait-target.bpf.h"
#include "tracking/mark-request.bpf.h"
#include "kernel/percpu.bpf.h"

#define XCAP_MAX_AIO_CONTEXTS 1024

/* include/uapi/linux/aio_abi.h and fs/aio.c: what lies in the task's memory. */
struct xcap_iocb {
	u64 data;
	u32 key, rw_flags;
	u16 opcode;
	s16 priority;
	u32 fd;
};
struct xcap_aio_ring {
	u32 id, nr, head, tail;
};
#define XCAP_AIO_RING_HEADER 32
struct xcap_io_event {
	u64 data, iocb;
	s64 results[2];
};

XCAP_STATIC struct xcap_aio xcap_aio_row;

XCAP_STATIC struct {
	u64 table;   /* struct kioctx_table */
	u64 user_id; /* what is looked for */
	u64 context; /* struct kioctx, once it is found */
	u64 file;    /* of a request */
} xcap_aio_target;

XCAP_STATIC struct {
	struct xcap_iocb iocb;
	struct xcap_aio_ring ring;
	struct xcap_io_event event;
	u64 pointer;
} xcap_aio_memory;

static long xcap_aio_step(u64 step, void *ctx)
{
	u64 context =
		xcap_pointer_at(xcap_at(struct kioctx_table, xcap_aio_target.table, table) + step * sizeof(void *));

	if (!context || xcap_get(struct kioctx, context, user_id) != xcap_aio_target.user_id)
		return 0;
	xcap_aio_target.context = context;
	return 1;
}

/* Requests that were submitted and have not completed: slots that are neither free nor of a completed event. */
__noinline int xcap_aio_in_flight(u64 context)
{
	s64 slots = (s64)xcap_get(struct kioctx, context, nr_events) - 1;
	s64 free = (s64)xcap_get(struct kioctx, context, reqs_available.counter) +
		   xcap_sum_of_cpus((u64)xcap_get(struct kioctx, context, cpu));
	s64 in_flight = slots - free - xcap_get(struct kioctx, context, completed_events);

	return in_flight > 0 ? in_flight : 0;
}

/* Finds the context with this id in the table of this memory map, and returns how many requests of it are in flight. */
__noinline int xcap_find_aio(u64 mm, u64 id)
{
	u64 table = mm ? (u64)xcap_get(struct mm_struct, mm, ioctx_table) : 0;
	u32 count;

	xcap_aio_target.context = 0;
	xcap_aio_target.user_id = id;
	xcap_aio_target.table = table;
	if (!table)
		return 0;
	count = xcap_get(struct kioctx_table, xcap_aio_target.table, nr);
	if (count > XCAP_MAX_AIO_CONTEXTS)
		count = XCAP_MAX_AIO_CONTEXTS;
	bpf_loop(count, xcap_aio_step, 0, 0);
	return READ_ONCE(xcap_aio_target.context) ? xcap_aio_in_flight(READ_ONCE(xcap_aio_target.context)) : 0;
}

__noinline int xcap_find_aio_file(s32 fd)
{
	xcap_aio_target.file = xcap_file_of(xcap_current.files, fd);
	return 0;
}

static __always_inline void xcap_find_iocb(struct task_struct *task, u64 iocb)
{
	if (!iocb || !xcap_read_user(task, &xcap_aio_memory.iocb, sizeof(xcap_aio_memory.iocb), iocb))
		return;
	xcap_aio_row.fd = xcap_aio_memory.iocb.fd;
	if (!xcap_aio_target.file)
		xcap_find_aio_file(xcap_aio_memory.iocb.fd);
}

/* Which file: of a request that the kernel lists, or of the last event in the ring that the program reads. */
static __always_inline void xcap_find_waited_iocb(struct task_struct *task)
{
	u64 context = READ_ONCE(xcap_aio_target.context), list = xcap_at(struct kioctx, context, active_reqs);
	u64 first = xcap_pointer_at(list);
	struct xcap_aio_ring *ring = &xcap_aio_memory.ring;
	u32 last;

	if (xcap_track_requests) {
		struct xcap_pending *pending = xcap_find_pending(context);

		if (pending) {
			xcap_aio_row.owner_tid = pending->tid;
			xcap_aio_target.file = (u64)xcap_get(struct aio_kiocb, pending->iocb, ki_filp);
			xcap_find_iocb(task, xcap_get(struct aio_kiocb, pending->iocb, ki_res.obj));
			return;
		}
	}
	if (first && first != list) {
		u64 request = first - bpf_core_field_offset(struct aio_kiocb, ki_list);

		xcap_aio_target.file = (u64)xcap_get(struct aio_kiocb, request, ki_filp);
		xcap_find_iocb(task, xcap_get(struct aio_kiocb, request, ki_res.obj));
		return;
	}
	if (!xcap_read_user(task, ring, sizeof(*ring), xcap_aio_target.user_id) || !ring->nr)
		return;
	last = (ring->tail + ring->nr - 1) % ring->nr;
	if (xcap_read_user(task, &xcap_aio_memory.event, sizeof(xcap_aio_memory.event),
			   xcap_aio_target.user_id + XCAP_AIO_RING_HEADER + (u64)last * sizeof(struct xcap_io_event)))
		xcap_find_iocb(task, xcap_aio_memory.event.iocb);
}

/* io_submit: the first request block of its array, which holds pointers of the program's own size. */
static __always_inline void xcap_find_submitted_iocb(struct task_struct *task, u64 array, bool compat)
{
	xcap_aio_memory.pointer = 0;
	if (compat) {
		if (!xcap_read_user(task, &xcap_aio_memory.pointer, sizeof(u32), array))
			return;
	} else {
		if (!xcap_read_user(task, &xcap_aio_memory.pointer, sizeof(u64), array))
			return;
	}
	xcap_find_iocb(task, xcap_aio_memory.pointer);
}

#endif
