/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What a task works on: its system call, the file, socket or queue behind the call's arguments (the syscall target),
 * and the verdict of the idle rules on it. Finding the target comes first, and for most sleepers that is all. The parts
 * of the row are filled for the few tasks that are shown.
 */
#ifndef XCAP_SYSCALL_TARGET_BPF_H
#define XCAP_SYSCALL_TARGET_BPF_H

#include "config.gen.h"
#include "kernel/path.bpf.h"
#include "kernel/syscall.bpf.h"
#include "syscalls.gen.h"
#include "task/aio.bpf.h"
#include "task/uring.bpf.h"
#include "task/wait-target.bpf.h"
#include "tracking/mark-call.bpf.h"

XCAP_STATIC struct {
	struct xcap_syscall call;
	bool in_call;
} xcap_current_call;

/* The names of a file's path; of the three files that a row may name each has its own. */
struct xcap_file_names {
	struct xcap_file file;
	char names[XCAP_PADDED(XCAP_NAMES_BYTES)];
};
XCAP_STATIC struct xcap_file_names xcap_file_row, xcap_aio_file_row, xcap_uring_file_row;

XCAP_STATIC struct {
	struct xcap_given_path path;
	/* A piece more than the longest path, and the NUL after it. */
	char text[XCAP_PADDED(XCAP_PATH_BYTES + 2 * XCAP_PIECE_BYTES)];
} xcap_path_row;

XCAP_STATIC char xcap_piece[XCAP_PIECE_BYTES + 8];
XCAP_STATIC struct xcap_poll xcap_poll_row;

/* What the call works on, a byte of bpf/syscalls.gen.h. */
static __always_inline u8 xcap_target_of_call(void)
{
	u32 nr = xcap_current_call.call.nr;

	if (!xcap_current_call.in_call || nr >= XCAP_SYSCALL_TARGETS)
		return 0;
	return xcap_current_call.call.abi == XCAP_ABI_NATIVE ? xcap_native_targets[nr] : xcap_compat_targets[nr];
}

/* Finds out which call the task is in. Returns what that works on. */
static __always_inline u8 xcap_enter_call(struct task_struct *task)
{
	xcap_current_call.in_call = xcap_read_syscall(task, task->on_cpu, &xcap_current_call.call);
	return xcap_target_of_call();
}

static __always_inline u64 xcap_argument(u8 target)
{
	switch (XCAP_TARGET_ARGUMENT(target)) {
	case 1:
		return xcap_current_call.call.arg1;
	case 2:
		return xcap_current_call.call.arg2;
	case 3:
		return xcap_current_call.call.arg3;
	default:
		return xcap_current_call.call.arg5;
	}
}

/* Finds what the call works on, and returns the verdict on a task that sleeps in it. */
static __always_inline u32 xcap_find_target(struct task_struct *task, u8 target)
{
	struct xcap_syscall *call = &xcap_current_call.call;

	xcap_wait_target.file = 0;
	xcap_wait_target.verdict = XCAP_REASON_SLEEP;
	xcap_wait_target.fd = -1;
	xcap_wait_target.looked = 0;
	xcap_wait_target.is_set = false;
	xcap_wait_target.more = false;
	switch (XCAP_TARGET_KIND(target)) {
	case XCAP_TARGET_FD:
		/* mmap: anonymous memory has no file, whatever the argument holds. */
		if (XCAP_TARGET_ARGUMENT(target) == 5 && call->arg4 & MAP_ANONYMOUS)
			break;
		xcap_find_descriptor(xcap_argument(target));
		return target & XCAP_TARGET_READ_CLASS ? xcap_read_verdict(READ_ONCE(xcap_wait_target.file))
						       : XCAP_REASON_SLEEP;
	case XCAP_TARGET_POLL:
		xcap_search_poll(task, call->arg1, call->arg2);
		break;
	case XCAP_TARGET_SELECT:
		xcap_search_select(task, call->arg1, call->arg2);
		break;
	case XCAP_TARGET_EPOLL:
		xcap_find_descriptor(call->arg1);
		xcap_wait_target.fd = -1;
		xcap_search_epoll(READ_ONCE(xcap_wait_target.file));
		break;
	case XCAP_TARGET_AIO:
		xcap_aio_row.inflight = xcap_find_aio(READ_ONCE(xcap_current.mm), call->arg1);
		return READ_ONCE(xcap_aio_row.inflight) ? XCAP_REASON_AIO : XCAP_REASON_SLEEP;
	case XCAP_TARGET_URING:
		return xcap_find_ring(READ_ONCE(xcap_current.task), call->arg1, call->arg4);
	}
	return READ_ONCE(xcap_wait_target.verdict);
}

static __always_inline bool xcap_is_same_call(void)
{
	const struct xcap_syscall *a = &xcap_current_call.call, *b = &xcap_seen.call;

	return a->nr == b->nr && a->abi == b->abi && a->arg1 == b->arg1 && a->arg2 == b->arg2 && a->arg3 == b->arg3 &&
	       a->arg4 == b->arg4 && a->arg5 == b->arg5 && a->arg6 == b->arg6;
}

/*
 * Revalidates the call, after it was marked or not. The row shows the marked call, also when the task has gone on since
 * the first look. Returns what the call works on; `target` is what the first look has found.
 */
static __always_inline u8 xcap_revalidate_call(struct task_struct *task, u8 target, bool is_asleep, bool is_marked)
{
	if (is_marked) {
		if (is_asleep && xcap_current_call.in_call && xcap_seen.is_whole && xcap_is_same_call())
			return target;
		xcap_current_call.call = xcap_seen.call;
		xcap_current_call.in_call = xcap_seen.is_whole;
		target = xcap_target_of_call();
	} else {
		if (is_asleep)
			return target;
		target = xcap_enter_call(task);
	}
	if (target)
		xcap_find_target(task, target);
	return target;
}

/* The path that the call was given: its bytes without the NUL; -1 when it cannot be read. */
static __always_inline s32 xcap_read_path_argument(struct task_struct *task, u64 from)
{
	u32 len = 0;

	/* An execve that has come to its new program: the string was in the memory of the old one. */
	if (!from)
		return 0;
	if (!xcap_current.mm || !xcap_get(struct mm_struct, READ_ONCE(xcap_current.mm), start_code))
		return -1;
	for (u32 i = 0; i <= XCAP_PATH_BYTES / XCAP_PIECE_BYTES; i++) {
		u32 bytes = XCAP_PIECE_BYTES - (from & (XCAP_PIECE_BYTES - 1));
		long n;

		if (!xcap_read_user(task, xcap_piece, bytes, from))
			return -1;
		xcap_piece[bytes] = 0;
		if (len > XCAP_PATH_BYTES)
			return XCAP_PATH_BYTES;
		n = bpf_probe_read_kernel_str(xcap_path_row.text + len, XCAP_PIECE_BYTES + 1, xcap_piece);
		if (n <= 0)
			return -1;
		len += n - 1;
		if (n <= bytes)
			break;
		from += bytes;
	}
	return len < XCAP_PATH_BYTES ? len : XCAP_PATH_BYTES;
}

/* include/uapi/linux/magic.h: file systems whose files have no names. */
#define PIPEFS_MAGIC 0x50495045
#define SOCKFS_MAGIC 0x534f434b

static __always_inline void xcap_read_file(u64 file, struct xcap_file_names *row)
{
	u64 inode = (u64)xcap_get(struct file, file, f_inode);
	u32 len = 0;

	row->file.inode = xcap_get(struct inode, inode, i_ino);
	row->file.magic = xcap_get(struct super_block, (u64)xcap_get(struct inode, inode, i_sb), s_magic);
	row->file.flags = 0;
	if (READ_ONCE(row->file.magic) != PIPEFS_MAGIC && READ_ONCE(row->file.magic) != SOCKFS_MAGIC)
		len = xcap_read_path(xcap_current.fs, file, row->names, &row->file.flags);
	if (len > XCAP_NAMES_BYTES)
		len = XCAP_NAMES_BYTES;
	row->file.names_bytes = len;
}

__noinline int xcap_prepare_file(u64 file)
{
	xcap_read_file(file, &xcap_file_row);
	return 0;
}

__noinline int xcap_prepare_aio_file(u64 file)
{
	xcap_read_file(file, &xcap_aio_file_row);
	return 0;
}

__noinline int xcap_prepare_uring_file(u64 file)
{
	xcap_read_file(file, &xcap_uring_file_row);
	return 0;
}

/* Returns the bits of the parts that it has filled. */
__noinline int xcap_prepare_socket(u64 file)
{
	u64 sk = xcap_sock_of(file);

	if (!sk)
		return 0;
	xcap_read_socket(sk);
	/* The text of a UNIX socket's connection is made of its part. */
	if (xcap_socket_row.family == AF_UNIX) {
		xcap_read_unix(sk);
		return XCAP_PART_SOCKET | XCAP_PART_UNIX;
	}
	if (!xcap_want_extra || !xcap_is_tcp(&xcap_socket_row))
		return XCAP_PART_SOCKET;
	xcap_read_tcp(sk);
	return XCAP_PART_SOCKET | XCAP_PART_TCP;
}

static __always_inline u16 xcap_prepare_aio(struct task_struct *task, u8 target)
{
	u16 parts = XCAP_PART_AIO;

	xcap_aio_row.fd = -1;
	xcap_aio_row.owner_tid = 0;
	xcap_aio_target.file = 0;
	if (XCAP_TARGET_KIND(target) == XCAP_TARGET_AIO_SUBMIT) {
		xcap_aio_row.inflight = -1;
		xcap_find_submitted_iocb(task, xcap_current_call.call.arg3,
					 xcap_current_call.call.abi == XCAP_ABI_COMPAT);
	} else {
		if (!xcap_aio_target.context)
			return 0;
		if (READ_ONCE(xcap_aio_row.inflight))
			xcap_find_waited_iocb(task);
	}
	if (READ_ONCE(xcap_aio_target.file)) {
		xcap_prepare_aio_file(READ_ONCE(xcap_aio_target.file));
		parts |= XCAP_PART_AIO_FILE;
	}
	return parts;
}

static __always_inline u16 xcap_prepare_request(struct task_struct *task)
{
	u64 file = READ_ONCE(xcap_ring_target.file);

	if (!file)
		return XCAP_PART_URING;
	xcap_prepare_uring_file(file);
	return XCAP_PART_URING | XCAP_PART_URING_FILE | (xcap_want_socket ? xcap_prepare_socket(file) : 0);
}

/* Fills the parts that the row is to have. Returns their bits. */
static __always_inline u16 xcap_prepare_target(struct task_struct *task, u8 target)
{
	u32 kind = XCAP_TARGET_KIND(target);
	u16 parts = 0;

	if (!target) {
		if (xcap_want_uring && task->flags & PF_IO_WORKER && xcap_fill_worker(READ_ONCE(xcap_current.task)))
			return xcap_prepare_request(task);
		return 0;
	}
	if (kind == XCAP_TARGET_PATH) {
		s32 len = xcap_want_filename ? xcap_read_path_argument(task, xcap_argument(target)) : -1;

		if (len < 0)
			return 0;
		xcap_path_row.path.bytes = len;
		if (READ_ONCE(xcap_path_row.path.bytes))
			return XCAP_PART_PATH;
		/* fstat by newfstatat: an empty path, and the descriptor in the argument before it. */
		if (XCAP_TARGET_ARGUMENT(target) == 2)
			xcap_find_descriptor(xcap_current_call.call.arg1);
	}
	if (xcap_want_aio && (kind == XCAP_TARGET_AIO || kind == XCAP_TARGET_AIO_SUBMIT))
		parts |= xcap_prepare_aio(task, target);
	if (xcap_want_extra && xcap_wait_target.is_set) {
		xcap_poll_row.fds = xcap_wait_target.looked;
		xcap_poll_row.fd = xcap_wait_target.fd;
		xcap_poll_row.more = xcap_wait_target.more;
		parts |= XCAP_PART_POLL;
	}
	if (xcap_want_uring && kind == XCAP_TARGET_URING && xcap_ring_target.ring) {
		xcap_fill_ring();
		parts |= xcap_prepare_request(task);
	}
	if (READ_ONCE(xcap_wait_target.file)) {
		if (xcap_want_filename) {
			xcap_prepare_file(READ_ONCE(xcap_wait_target.file));
			parts |= XCAP_PART_FILE;
		}
		/* sendfile: a file is sent, and the connection is where it goes. */
		if (kind == XCAP_TARGET_FD && XCAP_TARGET_ARGUMENT(target) == 2)
			xcap_find_descriptor(xcap_current_call.call.arg1);
		if (xcap_want_socket && kind != XCAP_TARGET_URING && READ_ONCE(xcap_wait_target.file))
			parts |= xcap_prepare_socket(READ_ONCE(xcap_wait_target.file));
	}
	return parts;
}

#endif
