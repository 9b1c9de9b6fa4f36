/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What a task waits for: the file behind its descriptor, or with poll, select and epoll the one file that decides the
 * verdict. Left in xcap_wait_target for the row.
 */
#ifndef XCAP_WAIT_TARGET_BPF_H
#define XCAP_WAIT_TARGET_BPF_H

#include "kernel/files.bpf.h"
#include "task/socket.bpf.h"
#include "kernel/user.bpf.h"
#include "xcapture.h"

/* Nodes of an epoll's tree that are looked at together. */
#define XCAP_TREE_CHUNK 16

XCAP_STATIC struct {
	u64 file;    /* the file that the call works on, or that decides */
	u32 verdict; /* enum xcap_reason */
	s32 fd;	     /* of that file */
	u32 looked;  /* descriptors looked at */
	bool is_set; /* poll, select or epoll could be looked through */
	bool more;   /* the limit was reached */
} xcap_wait_target;

/* Room for an array of struct pollfd, or for a set of descriptors as select has it. */
XCAP_STATIC u64 xcap_wait_set[XCAP_MAX_LOOKED];

/* An epoll's tree, level by level. */
XCAP_STATIC struct {
	u64 nodes[XCAP_MAX_LOOKED];
	u64 files[XCAP_TREE_CHUNK], sockets[XCAP_TREE_CHUNK]; /* of the nodes from chunk on */
	u32 found, visited, chunk;
	u32 decided;
} xcap_tree;

XCAP_STATIC struct {
	u64 bits; /* of the word that the step is in */
	u32 word;
	u32 words;
} xcap_bits;

/* Looks up a descriptor of the task. */
__noinline int xcap_find_descriptor(s32 fd)
{
	xcap_wait_target.fd = fd;
	xcap_wait_target.file = xcap_file_of(xcap_current.files, fd);
	return 0;
}

/* A listener or a daemon's port, 3, makes a task idle whatever else it waits for; a client's socket, 2, shows it. */
static __always_inline u32 xcap_rank(u32 verdict)
{
	if (verdict == XCAP_REASON_LISTEN || verdict == XCAP_REASON_DAEMON_PORT)
		return 3;
	if (verdict == XCAP_REASON_CLIENT || verdict == XCAP_REASON_UNIX_CLIENT)
		return 2;
	return verdict == XCAP_REASON_UNIX_SERVER;
}

/* The struct sock of a file that counts when it is waited on for reading; 0 for any other. */
static __always_inline u64 xcap_counting_sock(u64 file)
{
	u64 socket = file ? xcap_socket_of(file) : 0;

	return socket ? xcap_tcp_or_udp(socket) : 0;
}

/* One more that counts. The first client's socket is remembered; true ends the search. */
static __always_inline bool xcap_rank_polled(u64 file, u64 sk, s32 fd)
{
	u32 verdict = xcap_inet_verdict(sk);

	if (xcap_rank(verdict) <= xcap_rank(xcap_wait_target.verdict))
		return false;
	xcap_wait_target.verdict = verdict;
	xcap_wait_target.file = file;
	xcap_wait_target.fd = fd;
	return xcap_rank(verdict) == 3;
}

static __always_inline bool xcap_rank_descriptor(s32 fd)
{
	u64 file = xcap_file_of(xcap_current.files, fd), sk = xcap_counting_sock(file);

	return sk && xcap_rank_polled(file, sk, fd);
}

static long xcap_poll_step(u64 step, void *ctx)
{
	u64 entry = xcap_wait_set[step & (XCAP_MAX_LOOKED - 1)];
	s32 fd = (s32)entry;

	xcap_wait_target.looked++;
	if (fd < 0 || !(entry >> 32 & (POLLIN | POLLRDNORM)))
		return 0;
	return xcap_rank_descriptor(fd);
}

/* poll and ppoll: an array of struct pollfd, eight bytes each, the events in the third pair of them. */
__noinline int xcap_rank_poll(u32 count)
{
	xcap_wait_target.is_set = true;
	bpf_loop(count, xcap_poll_step, 0, 0);
	return 0;
}

static __always_inline void xcap_search_poll(struct task_struct *task, u64 array, u32 count)
{
	u32 some = count;

	if (some > XCAP_MAX_LOOKED)
		some = XCAP_MAX_LOOKED;
	if (!some || !xcap_read_user(task, xcap_wait_set, some * sizeof(u64), array))
		return;
	xcap_rank_poll(some);
	xcap_wait_target.more = count > some;
}

static long xcap_select_step(u64 step, void *ctx)
{
	u64 bit = xcap_bits.bits & -xcap_bits.bits;
	s32 fd;

	if (!bit) {
		u32 next = ++xcap_bits.word;

		if (next >= xcap_bits.words || next >= XCAP_MAX_LOOKED)
			return 1;
		xcap_bits.bits = xcap_wait_set[next & (XCAP_MAX_LOOKED - 1)];
		return 0;
	}
	if (xcap_wait_target.looked == XCAP_MAX_LOOKED) {
		xcap_wait_target.more = true;
		return 1;
	}
	xcap_bits.bits ^= bit;
	/* The number of the only bit. */
	fd = xcap_bits.word * 64 + ((bit & 0xffffffff00000000) ? 32 : 0) + ((bit & 0xffff0000ffff0000) ? 16 : 0) +
	     ((bit & 0xff00ff00ff00ff00) ? 8 : 0) + ((bit & 0xf0f0f0f0f0f0f0f0) ? 4 : 0) +
	     ((bit & 0xcccccccccccccccc) ? 2 : 0) + ((bit & 0xaaaaaaaaaaaaaaaa) ? 1 : 0);
	xcap_wait_target.looked++;
	return xcap_rank_descriptor(fd);
}

__noinline int xcap_rank_select(u32 bits)
{
	if (bits % 64)
		xcap_wait_set[bits / 64 & (XCAP_MAX_LOOKED - 1)] &= ((u64)1 << (bits % 64)) - 1;
	xcap_wait_target.is_set = true;
	xcap_bits.bits = xcap_wait_set[0];
	xcap_bits.word = 0;
	xcap_bits.words = (bits + 63) / 64;
	bpf_loop(2 * XCAP_MAX_LOOKED + 1, xcap_select_step, 0, 0);
	return 0;
}

/* select and pselect6: of its three sets the one of those waited on for reading. */
static __always_inline void xcap_search_select(struct task_struct *task, u32 count, u64 set)
{
	u32 bits = count, bytes;

	if (!set || !count)
		return;
	if (bits > sizeof(xcap_wait_set) * 8)
		bits = sizeof(xcap_wait_set) * 8;
	/*
	 * What a 32-bit program has is a multiple of four bytes. The words of the kernel and of its programs are alike.
	 */
	bytes = (bits + 31) / 32 * 4;
	xcap_wait_set[bits / 64 & (XCAP_MAX_LOOKED - 1)] = 0;
	if (bytes > sizeof(xcap_wait_set) || !xcap_read_user(task, xcap_wait_set, bytes, set))
		return;
	xcap_wait_target.more = count > bits;
	xcap_rank_select(bits);
}

static __always_inline void xcap_push_node(u64 node)
{
	u32 at = xcap_tree.found;

	if (!node)
		return;
	if (at >= XCAP_MAX_LOOKED) {
		xcap_wait_target.more = true;
		return;
	}
	xcap_tree.nodes[at] = node;
	xcap_tree.found = at + 1;
}

/* Finds the children of the next node. */
static long xcap_epoll_find_step(u64 step, void *ctx)
{
	u32 at = xcap_tree.visited;
	u64 node;

	if (at >= xcap_tree.found || at >= XCAP_MAX_LOOKED)
		return 1;
	xcap_tree.visited = at + 1;
	node = xcap_tree.nodes[at];
	xcap_push_node((u64)xcap_get(struct rb_node, node, rb_left));
	xcap_push_node((u64)xcap_get(struct rb_node, node, rb_right));
	xcap_tree.files[at % XCAP_TREE_CHUNK] =
		(u64)xcap_get(struct epitem, node - bpf_core_field_offset(struct epitem, rbn), ffd.file);
	return 0;
}

static long xcap_epoll_socket_step(u64 step, void *ctx)
{
	u64 file = xcap_tree.files[step % XCAP_TREE_CHUNK];

	xcap_tree.sockets[step % XCAP_TREE_CHUNK] = file ? xcap_socket_of(file) : 0;
	return 0;
}

static long xcap_epoll_rank_step(u64 step, void *ctx)
{
	u32 at = xcap_tree.chunk + step;
	u64 socket = xcap_tree.sockets[step % XCAP_TREE_CHUNK], item, sk = socket ? xcap_tcp_or_udp(socket) : 0;

	if (!sk || at >= XCAP_MAX_LOOKED)
		return 0;
	item = xcap_tree.nodes[at] - bpf_core_field_offset(struct epitem, rbn);
	if (!(xcap_get(struct epitem, item, event.events) & (POLLIN | POLLRDNORM)))
		return 0;
	if (!xcap_rank_polled((u64)xcap_get(struct epitem, item, ffd.file), sk, xcap_get(struct epitem, item, ffd.fd)))
		return 0;
	xcap_wait_target.looked = at + 1;
	xcap_tree.decided = 1;
	return 1;
}

/*
 * The next nodes: first all of them, then their files, then the sockets. What one of these steps loads does not depend
 * on what the step before has loaded, so that the CPU can wait for many cache misses at a time.
 */
static long xcap_epoll_chunk_step(u64 step, void *ctx)
{
	u32 count;

	xcap_tree.chunk = xcap_tree.visited;
	bpf_loop(XCAP_TREE_CHUNK, xcap_epoll_find_step, 0, 0);
	count = xcap_tree.visited - xcap_tree.chunk;
	if (!count || count > XCAP_TREE_CHUNK)
		return 1;
	xcap_wait_target.looked = xcap_tree.visited;
	bpf_loop(count, xcap_epoll_socket_step, 0, 0);
	bpf_loop(count, xcap_epoll_rank_step, 0, 0);
	return xcap_tree.decided != 0;
}

/* epoll: the tree of what was added to it. It may change meanwhile; then some of it is seen twice, or not at all. */
__noinline int xcap_search_epoll(u64 file)
{
	u64 ep;

	if (!file || !xcap_is_kind(file, &xcap_eventpolls))
		return 0;
	ep = (u64)xcap_get(struct file, file, private_data);
	xcap_wait_target.is_set = true;
	xcap_tree.found = 0;
	xcap_tree.visited = 0;
	xcap_tree.decided = 0;
	xcap_push_node((u64)xcap_get(struct eventpoll, ep, rbr.rb_root.rb_node));
	bpf_loop(XCAP_MAX_LOOKED / XCAP_TREE_CHUNK + 1, xcap_epoll_chunk_step, 0, 0);
	if (xcap_tree.decided)
		xcap_wait_target.more = false;
	return 0;
}

#endif
