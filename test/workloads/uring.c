/*
 * A read of an empty pipe through io_uring that the kernel's worker thread does, and the thread that waits for it.
 */
#include "workload.h"
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>

int main(void)
{
	struct io_uring_params params = { 0 };
	struct io_uring_sqe *entry;
	unsigned int *array, *tail;
	char *ring, byte;
	int fds[2], fd;

	die_with_parent();
	fd = syscall(SYS_io_uring_setup, 4, &params);
	if (fd < 0)
		err(1, "io_uring_setup");
	ring = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(*array), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
	entry = mmap(NULL, params.sq_entries * sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		     IORING_OFF_SQES);
	if (ring == MAP_FAILED || (void *)entry == MAP_FAILED || pipe(fds) != 0)
		err(1, "ring");
	memset(entry, 0, sizeof(*entry));
	entry->opcode = IORING_OP_READ;
	entry->flags = IOSQE_ASYNC;
	entry->fd = fds[0];
	entry->addr = (uintptr_t)&byte;
	entry->len = 1;
	array = (unsigned int *)(ring + params.sq_off.array);
	tail = (unsigned int *)(ring + params.sq_off.tail);
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0) != 1)
		err(1, "io_uring_enter");
	ready("pid=%d", getpid());
	for (;;)
		syscall(SYS_io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}
