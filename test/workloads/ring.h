/* io_uring by raw system calls. */
#ifndef RING_H
#define RING_H

#include "cases.h"
#include <linux/io_uring.h>
#include <stdint.h>

/* Newer than the headers of some distributions: Linux 6.5 and 6.6. */
#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14)
#endif
#ifndef IORING_SETUP_REGISTERED_FD_ONLY
#define IORING_SETUP_REGISTERED_FD_ONLY (1U << 15)
#endif
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif
#define RING_ENTRIES 16
#define RING_BYTES 4096

struct ring {
	int fd;
	/* What io_uring_enter is told: the descriptor, or the index of a registered one. */
	int enter_fd;
	unsigned int enter_flags, flags;
	int same_data; /* All entries have the same user_data. */
	unsigned int *sq_head, *sq_tail, *sq_array, *cq_head, *cq_tail;
	char *entries;
};

static inline void *ring_memory(int fd, off_t offset)
{
	void *memory = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
			    fd < 0 ? MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE : MAP_SHARED | MAP_POPULATE, fd, offset);

	if (memory == MAP_FAILED)
		err(1, "memory of a ring");
	return memory;
}

/* The last field of sq_off and cq_off, without a name in older headers. */
#define SET_USER_ADDRESS(offsets, memory)                                                                              \
	memcpy((char *)(offsets) + sizeof(*(offsets)) - 8, &(uint64_t){ (uintptr_t)(memory) }, 8)

static inline struct ring make_ring(unsigned int flags)
{
	struct io_uring_params params = { .flags = flags, .sq_thread_idle = 1 };
	struct ring ring = { .flags = flags };
	char *queues = NULL;

	if (flags & IORING_SETUP_NO_MMAP) {
		queues = ring_memory(-1, 0);
		ring.entries = ring_memory(-1, 0);
		SET_USER_ADDRESS(&params.cq_off, queues);
		SET_USER_ADDRESS(&params.sq_off, ring.entries);
	}
	ring.fd = ring.enter_fd = syscall(SYS_io_uring_setup, RING_ENTRIES, &params);
	if (ring.fd < 0)
		cannot(errno);
	if (flags & IORING_SETUP_REGISTERED_FD_ONLY)
		ring.enter_flags = IORING_ENTER_REGISTERED_RING;
	if (!queues) {
		queues = ring_memory(ring.fd, IORING_OFF_SQ_RING);
		ring.entries = ring_memory(ring.fd, IORING_OFF_SQES);
	}
	ring.sq_head = (unsigned int *)(queues + params.sq_off.head);
	ring.sq_tail = (unsigned int *)(queues + params.sq_off.tail);
	ring.sq_array = (unsigned int *)(queues + params.sq_off.array);
	ring.cq_head = (unsigned int *)(queues + params.cq_off.head);
	ring.cq_tail = (unsigned int *)(queues + params.cq_off.tail);
	return ring;
}

/* From now on by its index among the registered ones, as liburing does it. */
static inline void register_ring(struct ring *ring)
{
	struct io_uring_rsrc_update update = { .offset = -1U, .data = ring->fd };

	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_RING_FDS, &update, 1) != 1)
		cannot(errno);
	ring->enter_fd = update.offset;
	ring->enter_flags = IORING_ENTER_REGISTERED_RING;
}

/* The next entry of the submission queue, cleared; the caller fills it before the next call. */
static inline struct io_uring_sqe *next_entry(struct ring *ring, int opcode, int fd)
{
	unsigned int tail = *ring->sq_tail, index = tail & (RING_ENTRIES - 1);
	size_t size = ring->flags & IORING_SETUP_SQE128 ? 128 : 64;
	struct io_uring_sqe *entry = (struct io_uring_sqe *)(ring->entries + index * size);

	memset(entry, 0, size);
	entry->opcode = opcode;
	entry->fd = fd;
	entry->user_data = ring->same_data ? 0 : tail + 1;
	if (!(ring->flags & IORING_SETUP_NO_SQARRAY))
		ring->sq_array[index] = index;
	return entry;
}

static inline int enter(const struct ring *ring, unsigned int submit, unsigned int wait)
{
	unsigned int flags = ring->enter_flags | (wait ? IORING_ENTER_GETEVENTS : 0);

	if (submit && ring->flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	return syscall(SYS_io_uring_enter, ring->enter_fd, submit, wait, flags, NULL, 0);
}

/* Submits the entry that next_entry gave, and waits until the kernel has taken it. */
static inline void submit_entry(const struct ring *ring)
{
	__atomic_store_n(ring->sq_tail, *ring->sq_tail + 1, __ATOMIC_RELEASE);
	if (enter(ring, 1, 0) != 1)
		err(1, "io_uring_enter");
	while (__atomic_load_n(ring->sq_head, __ATOMIC_ACQUIRE) != *ring->sq_tail)
		sleep_shortly();
}

static inline unsigned int completions(const struct ring *ring)
{
	return __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) - *ring->cq_head;
}

/* Waits until at least so many are to be reaped. */
static inline void await_completions(const struct ring *ring, unsigned int count)
{
	while (completions(ring) < count)
		if (enter(ring, 0, count) < 0)
			err(1, "io_uring_enter");
}

#endif
