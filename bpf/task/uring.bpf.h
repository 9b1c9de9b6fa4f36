/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * io_uring: how many requests of a ring are in flight, and which. The kernel lists those that wait until a file is
 * ready (sockets, pipes, polls). For the others it keeps no list; their submission queue entries are still in the
 * ring's memory, and the completion queue says which of these are done.
 */
#ifndef XCAP_URING_BPF_H
#define XCAP_URING_BPF_H

#include "task/wait-target.bpf.h"
#include "tracking/mark-request.bpf.h"

/* Entries of the submission queue, newest first, among which one in flight is looked for; must be a power of two. */
#define XCAP_RECENT_ENTRIES 32
#define XCAP_RECENT_CANDIDATES 8

/* include/uapi/linux/io_uring.h: both rings are shared with programs, so this never changes. */
struct xcap_sqe {
	u8 opcode, flags;
	u16 ioprio;
	s32 fd;
	u64 off, addr;
	u32 len, rw_flags;
	u64 user_data;
	u16 buf_index;
};
struct xcap_cqe {
	u64 user_data;
	s32 res;
	u32 flags;
};
#define XCAP_SQE_BYTES 64
#define XCAP_CQE_BYTES 16

XCAP_STATIC struct xcap_uring xcap_uring_row;

XCAP_STATIC struct {
	u64 ring;
	u64 file;    /* of the request that the row shows */
	u64 decider; /* a request: of a socket, by whose rule the verdict is */
	u64 other;   /* a request: it waits for something that is no socket */
	u32 submitted, in_flight;
	u32 sockets, others; /* how many requests of each kind are listed */
	u32 rank;
} xcap_ring_target;

/* Where the walk over the table of listed requests is. */
XCAP_STATIC struct {
	u64 buckets, node;
	u32 bucket, count;
} xcap_armed;

XCAP_STATIC struct {
	struct xcap_sqe sqe;
	struct xcap_cqe cqe;
	u64 submitted[XCAP_RECENT_ENTRIES], completed[XCAP_RECENT_ENTRIES]; /* user_data */
	u64 what[XCAP_RECENT_ENTRIES]; /* operation and descriptor of the submitted */
	u32 submitted_count, completed_count, completed_wanted;
	u64 user_data, candidate; /* of the candidate: also its operation and descriptor */
	s32 open;		  /* how many requests with it are not done */
	bool is_used_again;	  /* one of them is done, or does something else */
	bool differs;		  /* they are not all of one kind */
	u64 found;		  /* address of the entry */
} xcap_recent;

static __always_inline bool xcap_is_uring_read(u8 opcode)
{
	return opcode == IORING_OP_READV || opcode == IORING_OP_READ_FIXED || opcode == IORING_OP_RECVMSG ||
	       opcode == IORING_OP_ACCEPT || opcode == IORING_OP_READ || opcode == IORING_OP_RECV ||
	       opcode == IORING_OP_READ_MULTISHOT;
}

static __always_inline void xcap_rank_request(u64 request)
{
	u64 file = (u64)xcap_get(struct io_kiocb, request, file), sk;
	u32 verdict, rank;

	sk = file && xcap_is_uring_read(xcap_get(struct io_kiocb, request, opcode)) ? xcap_sock_of(file) : 0;
	if (!sk) {
		xcap_ring_target.others++;
		xcap_ring_target.other = request;
		return;
	}
	xcap_ring_target.sockets++;
	verdict = xcap_socket_verdict(sk);
	rank = xcap_rank(verdict);
	if (xcap_ring_target.decider && rank <= xcap_ring_target.rank)
		return;
	xcap_ring_target.decider = request;
	xcap_ring_target.rank = rank;
	xcap_wait_target.verdict = verdict;
	xcap_wait_target.file = file;
}

static long xcap_armed_step(u64 step, void *ctx)
{
	u64 node = xcap_armed.node;

	if (node) {
		xcap_armed.node = xcap_pointer_at(node);
		xcap_rank_request(node - bpf_core_field_offset(struct io_kiocb, hash_node));
		return 0;
	}
	if (xcap_armed.bucket >= xcap_armed.count)
		return 1;
	xcap_armed.node = xcap_pointer_at(
		xcap_at(struct io_hash_bucket,
			xcap_armed.buckets + xcap_armed.bucket * bpf_core_type_size(struct io_hash_bucket), list));
	xcap_armed.bucket++;
	return 0;
}

static __always_inline void xcap_rank_armed(u64 table)
{
	u32 bits = xcap_get(struct io_hash_table, table, hash_bits);

	xcap_armed.buckets = (u64)xcap_get(struct io_hash_table, table, hbs);
	xcap_armed.bucket = 0;
	xcap_armed.count = xcap_armed.buckets && bits < 16 ? 1 << bits : 0;
	xcap_armed.node = 0;
	bpf_loop(2 * XCAP_MAX_LOOKED, xcap_armed_step, 0, 0);
}

/* The ring that io_uring_enter was called with; 0 when it is none any more. */
static __always_inline u64 xcap_ring_of(u64 own, u64 fd, u64 flags)
{
	u64 file;

	if (flags & IORING_ENTER_REGISTERED_RING) {
		if (!own || fd >= 16)
			return 0;
		file = xcap_pointer_at(xcap_at(struct io_uring_task, own, registered_rings) + fd * sizeof(void *));
	} else {
		file = xcap_file_of(xcap_current.files, (s32)fd);
	}
	if (!file || !xcap_is_kind(file, &xcap_rings))
		return 0;
	xcap_wait_target.file = file;
	return (u64)xcap_get(struct file, file, private_data);
}

/*
 * The verdict on a task that waits in io_uring_enter with this descriptor and these flags. What the row shows of the
 * ring is left in xcap_ring_target.
 */
__noinline int xcap_find_ring(u64 task, u64 fd, u64 flags)
{
	u64 ring, ring_file;

	__builtin_memset(&xcap_ring_target, 0, sizeof(xcap_ring_target));
	ring = xcap_ring_of((u64)xcap_get(struct task_struct, task, io_uring), fd, flags);
	if (!ring)
		return XCAP_REASON_SLEEP;
	ring_file = xcap_wait_target.file;
	xcap_ring_target.ring = ring;
	xcap_ring_target.submitted = xcap_get(struct io_ring_ctx, ring, cached_sq_head);
	xcap_ring_target.in_flight = xcap_uring_in_flight(ring);
	if (!READ_ONCE(xcap_ring_target.in_flight))
		return XCAP_REASON_SLEEP;
	if (bpf_core_field_exists(struct io_ring_ctx, cancel_table)) {
		xcap_rank_armed(xcap_at(struct io_ring_ctx, ring, cancel_table));
		if (xcap_has_locked_table())
			xcap_rank_armed(xcap_locked_table(ring));
	}
	if (READ_ONCE(xcap_ring_target.sockets) >= READ_ONCE(xcap_ring_target.in_flight) &&
	    !READ_ONCE(xcap_ring_target.others))
		return READ_ONCE(xcap_wait_target.verdict);
	xcap_wait_target.file = ring_file;
	return XCAP_REASON_URING;
}

static __always_inline bool xcap_has_position(u64 file)
{
	u64 inode = (u64)xcap_get(struct file, file, f_inode);
	u16 format = xcap_get(struct inode, inode, i_mode) & S_IFMT;

	return format == S_IFREG || format == S_IFBLK;
}

static __always_inline bool xcap_is_uring_rw(u8 opcode)
{
	return opcode == IORING_OP_READV || opcode == IORING_OP_WRITEV || opcode == IORING_OP_READ_FIXED ||
	       opcode == IORING_OP_WRITE_FIXED || opcode == IORING_OP_READ || opcode == IORING_OP_WRITE;
}

static __always_inline void xcap_fill_descriptor(s32 fd, u32 flags)
{
	if (flags & IOSQE_FIXED_FILE)
		xcap_uring_row.reg_idx = fd;
	else
		xcap_uring_row.fd = fd;
}

/* Fills the row with a request that the kernel has. */
__noinline int xcap_fill_request(u64 request)
{
	struct xcap_uring *row = &xcap_uring_row;
	u8 opcode = xcap_get(struct io_kiocb, request, opcode);

	row->opcode = opcode;
	row->flags = xcap_get(struct io_kiocb, request, flags) & 0xff;
	row->owner_tid = xcap_request_owner(request);
	xcap_ring_target.file = (u64)xcap_get(struct io_kiocb, request, file);
	if (xcap_ring_target.file)
		xcap_fill_descriptor(xcap_get(struct io_kiocb, request, cqe.fd), row->flags);
	if (opcode == IORING_OP_READ_FIXED || opcode == IORING_OP_WRITE_FIXED)
		row->buf_index = xcap_get(struct io_kiocb, request, buf_index);
	if (xcap_is_uring_rw(opcode)) {
		row->len = xcap_get(struct io_rw, request, len);
		row->rw_flags = xcap_get(struct io_rw, request, flags);
		if (xcap_has_position(xcap_ring_target.file))
			row->offset = xcap_get(struct io_rw, request, kiocb.ki_pos);
	} else if (opcode == IORING_OP_RECV || opcode == IORING_OP_RECVMSG) {
		row->len = xcap_get(struct io_sr_msg, request, len);
		row->rw_flags = xcap_get(struct io_sr_msg, request, msg_flags);
	}
	return 0;
}

/* Fills the row with a request by its entry in the submission queue. */
__noinline int xcap_fill_entry(u64 entry)
{
	struct xcap_uring *row = &xcap_uring_row;
	struct xcap_sqe *sqe = &xcap_recent.sqe;

	if (bpf_probe_read_kernel(sqe, sizeof(*sqe), (void *)entry))
		return 0;
	row->opcode = sqe->opcode;
	row->flags = sqe->flags;
	row->len = sqe->len;
	row->rw_flags = sqe->rw_flags;
	row->offset = sqe->off;
	xcap_fill_descriptor(sqe->fd, sqe->flags);
	if (sqe->opcode == IORING_OP_READ_FIXED || sqe->opcode == IORING_OP_WRITE_FIXED)
		row->buf_index = sqe->buf_index;
	xcap_ring_target.file = sqe->flags & IOSQE_FIXED_FILE ? xcap_registered_file(xcap_ring_target.ring, sqe->fd)
							      : xcap_file_of(xcap_current.files, sqe->fd);
	return 0;
}

/* Address of the entry that was submitted so many entries ago. */
static __always_inline u64 xcap_entry_at(u64 ring, u32 ago)
{
	u64 array = (u64)xcap_get(struct io_ring_ctx, ring, sq_array);
	u32 slot = (xcap_ring_target.submitted - 1 - ago) & (xcap_get(struct io_ring_ctx, ring, sq_entries) - 1);

	if (array && !(xcap_get(struct io_ring_ctx, ring, flags) & IORING_SETUP_NO_SQARRAY))
		bpf_probe_read_kernel(&slot, sizeof(slot), (void *)(array + slot * sizeof(u32)));
	if (xcap_get(struct io_ring_ctx, ring, flags) & IORING_SETUP_SQE128)
		slot <<= 1;
	return xcap_number(xcap_get(struct io_ring_ctx, ring, sq_sqes)) + (u64)slot * XCAP_SQE_BYTES;
}

static long xcap_submitted_step(u64 step, void *ctx)
{
	u32 i = step & (XCAP_RECENT_ENTRIES - 1);

	if (bpf_probe_read_kernel(&xcap_recent.sqe, sizeof(xcap_recent.sqe),
				  (void *)xcap_entry_at(xcap_ring_target.ring, step)))
		return 1;
	xcap_recent.submitted[i] = xcap_recent.sqe.user_data;
	xcap_recent.what[i] = (u64)xcap_recent.sqe.opcode << 32 | (u32)xcap_recent.sqe.fd;
	return 0;
}

/* Completions that end their request. */
static long xcap_completed_step(u64 step, void *ctx)
{
	u64 ring = xcap_ring_target.ring, rings = xcap_number(xcap_get(struct io_ring_ctx, ring, rings));
	u32 slot = (xcap_get(struct io_ring_ctx, ring, cached_cq_tail) - 1 - step) &
		   (xcap_get(struct io_ring_ctx, ring, cq_entries) - 1);
	u32 count = xcap_recent.completed_count;

	if (count >= xcap_recent.completed_wanted || count >= XCAP_RECENT_ENTRIES)
		return 1;
	if (xcap_get(struct io_ring_ctx, ring, flags) & IORING_SETUP_CQE32)
		slot <<= 1;
	if (bpf_probe_read_kernel(&xcap_recent.cqe, sizeof(xcap_recent.cqe),
				  (void *)xcap_at(struct io_rings, rings, cqes) + (u64)slot * XCAP_CQE_BYTES))
		return 1;
	if (xcap_recent.cqe.flags & IORING_CQE_F_MORE)
		return 0;
	xcap_recent.completed[count & (XCAP_RECENT_ENTRIES - 1)] = xcap_recent.cqe.user_data;
	xcap_recent.completed_count = count + 1;
	return 0;
}

static long xcap_open_step(u64 step, void *ctx)
{
	u32 i = step & (XCAP_RECENT_ENTRIES - 1);

	if (i < xcap_recent.submitted_count && xcap_recent.submitted[i] == xcap_recent.user_data) {
		xcap_recent.open++;
		if (xcap_recent.what[i] != xcap_recent.candidate)
			xcap_recent.differs = true;
	}
	if (i < xcap_recent.completed_count && xcap_recent.completed[i] == xcap_recent.user_data) {
		xcap_recent.open--;
		xcap_recent.is_used_again = true;
	}
	return 0;
}

/*
 * Is one of the requests with this entry's user_data not done? There may be several of them; when some are done, they
 * must all be of one kind, or else nobody knows which.
 */
static long xcap_candidate_step(u64 step, void *ctx)
{
	xcap_recent.user_data = xcap_recent.submitted[step & (XCAP_RECENT_ENTRIES - 1)];
	xcap_recent.candidate = xcap_recent.what[step & (XCAP_RECENT_ENTRIES - 1)];
	xcap_recent.open = 0;
	xcap_recent.is_used_again = false;
	xcap_recent.differs = false;
	bpf_loop(XCAP_RECENT_ENTRIES, xcap_open_step, 0, 0);
	if (READ_ONCE(xcap_recent.open) <= 0 ||
	    (READ_ONCE(xcap_recent.is_used_again) && READ_ONCE(xcap_recent.differs)))
		return 0;
	xcap_recent.found = xcap_entry_at(xcap_ring_target.ring, step);
	return 1;
}

/* Finds the newest entry whose request is in flight: xcap_recent.found, 0 when nobody can know. */
__noinline int xcap_find_entry(void)
{
	u64 ring = xcap_ring_target.ring, rings = (u64)xcap_get(struct io_ring_ctx, ring, rings);
	u32 count = xcap_get(struct io_ring_ctx, ring, sq_entries);
	/* What the program has prepared since lies where older entries were. */
	u32 prepared = xcap_get(struct io_rings, rings, sq.tail) - xcap_ring_target.submitted;

	count = prepared < count ? count - prepared : 0;

	if (count > XCAP_RECENT_ENTRIES)
		count = XCAP_RECENT_ENTRIES;
	if (count > xcap_ring_target.submitted)
		count = xcap_ring_target.submitted;
	xcap_recent.submitted_count = count;
	xcap_recent.completed_count = 0;
	xcap_recent.completed_wanted = count > xcap_ring_target.in_flight ? count - xcap_ring_target.in_flight : 0;
	xcap_recent.found = 0;
	bpf_loop(count, xcap_submitted_step, 0, 0);
	bpf_loop(2 * XCAP_RECENT_ENTRIES, xcap_completed_step, 0, 0);
	bpf_loop(count < XCAP_RECENT_CANDIDATES ? count : XCAP_RECENT_CANDIDATES, xcap_candidate_step, 0, 0);
	return 0;
}

static __always_inline void xcap_forget_request(void)
{
	__builtin_memset(&xcap_uring_row, 0xff, sizeof(xcap_uring_row));
	xcap_uring_row.owner_tid = 0;
}

/* Who waits for a ring: its counts and a request of it. */
__noinline int xcap_fill_ring(void)
{
	u64 ring = xcap_ring_target.ring, rings = (u64)xcap_get(struct io_ring_ctx, ring, rings);
	struct xcap_uring *row = &xcap_uring_row;

	xcap_forget_request();
	row->submitted = xcap_ring_target.submitted;
	row->completed = xcap_ring_target.submitted - xcap_ring_target.in_flight;
	row->sq = xcap_get(struct io_rings, rings, sq.tail) - xcap_get(struct io_rings, rings, sq.head);
	row->cq = xcap_get(struct io_rings, rings, cq.tail) - xcap_get(struct io_rings, rings, cq.head);
	if (!xcap_ring_target.in_flight)
		return 0;
	if (xcap_track_requests) {
		struct xcap_pending *pending = xcap_find_pending(ring);

		if (pending)
			return xcap_fill_request(pending->iocb);
	}
	if (xcap_ring_target.other)
		return xcap_fill_request(xcap_ring_target.other);
	if (xcap_ring_target.in_flight > xcap_ring_target.sockets) {
		xcap_find_entry();
		return xcap_recent.found ? xcap_fill_entry(xcap_recent.found) : 0;
	}
	return xcap_ring_target.decider ? xcap_fill_request(xcap_ring_target.decider) : 0;
}

/* A thread that the kernel made to do what would block: the request that it does. False when there is none. */
__noinline int xcap_fill_worker(u64 task)
{
	u64 worker = (u64)xcap_get(struct task_struct, task, worker_private), work, request;

	work = worker ? (u64)xcap_get(struct io_worker, worker, cur_work) : 0;
	if (!work)
		return 0;
	request = xcap_number((void *)(work - bpf_core_field_offset(struct io_kiocb, work)));
	xcap_forget_request();
	xcap_ring_target.file = 0;
	xcap_fill_request(request);
	return 1;
}

#endif
