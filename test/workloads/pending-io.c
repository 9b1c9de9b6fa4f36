/*
 * pending-io FILE aio|ring: one thread submits reads past the page cache, of a loop device over the file, and another
 * waits for them, over and over. Each round begins with a read of an empty file, which is done at once. Tells who is
 * who.
 */
#include "loop.h"
#include "ring.h"
#include <linux/aio_abi.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#define READS 8
#define BYTES (256 << 10)

static aio_context_t context;
static struct ring ring;
static int device, empty;
static char *buffers;
static sem_t started, submitted, awaited;
static pid_t submitter;

static void submit_aio(void)
{
	static struct iocb requests[READS + 1];

	for (int i = 0; i <= READS; i++) {
		struct iocb *request = &requests[i];

		*request = (struct iocb){ .aio_lio_opcode = IOCB_CMD_PREAD,
					  .aio_fildes = i ? device : empty,
					  .aio_buf = (unsigned long)(buffers + i * BYTES),
					  .aio_nbytes = BYTES,
					  .aio_offset = i ? (i - 1) * BYTES : 0 };
		if (syscall(SYS_io_submit, context, 1, &request) != 1)
			err(1, "io_submit");
	}
}

static void await_aio(void)
{
	struct io_event events[READS + 1];

	if (syscall(SYS_io_getevents, context, READS + 1, READS + 1, events, NULL) != READS + 1)
		err(1, "io_getevents");
}

static void submit_ring(void)
{
	for (int i = 0; i <= READS; i++) {
		struct io_uring_sqe *entry = next_entry(&ring, IORING_OP_READ, i ? device : empty);

		entry->addr = (uintptr_t)(buffers + i * BYTES);
		entry->len = BYTES;
		entry->off = i ? (i - 1) * BYTES : 0;
		submit_entry(&ring);
	}
}

static void await_ring(void)
{
	await_completions(&ring, READS + 1);
	__atomic_store_n(ring.cq_head, *ring.cq_head + READS + 1, __ATOMIC_RELEASE);
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		;
}

static void *submit(void *function)
{
	submitter = this_tid();
	sem_post(&started);
	for (;;) {
		((void (*)(void))function)();
		sem_post(&submitted);
		wait_for(&awaited);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	bool is_ring = argc > 2 && strcmp(argv[2], "ring") == 0;
	int file = open(argv[1], O_RDWR), number;
	pthread_t thread;

	die_with_parent();
	empty = memfd_create("empty", 0);
	if (file < 0 || empty < 0 || posix_memalign((void **)&buffers, BYTES, (READS + 1) * BYTES) != 0)
		err(1, "%s", argv[1]);
	number = attach_loop(file, O_RDWR | O_DIRECT, &device);
	sem_init(&started, 0, 0);
	sem_init(&submitted, 0, 0);
	sem_init(&awaited, 0, 0);
	if (is_ring)
		ring = make_ring(0);
	else if (syscall(SYS_io_setup, 2 * READS, &context) != 0)
		err(1, "io_setup");
	if (pthread_create(&thread, NULL, submit, is_ring ? submit_ring : submit_aio) != 0)
		errx(1, "pthread_create");
	wait_for(&started);
	ready("loop=%d submitter=%d waiter=%d", number, submitter, this_tid());
	for (;;) {
		wait_for(&submitted);
		if (is_ring)
			await_ring();
		else
			await_aio();
		sem_post(&awaited);
	}
}
