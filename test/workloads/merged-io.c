/*
 * merged-io FILE: on a loop device over the file, whose scheduler the test chooses, three writes that end up as one
 * request. Their thread has the idle priority, so that they wait as long as other threads read. The third block is
 * written first, and later the first and the second, which closes the gap; then the readers pause until all is written.
 * Starts when a line comes on stdin.
 */
#include "loop.h"
#include <linux/aio_abi.h>
#include <linux/ioprio.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define BLOCK 4096
#define READERS 16
#define READ_BYTES (256 << 10)
/* The readers stay away from what is written. */
#define READ_FROM (1 << 20)

static int device;
static volatile bool is_paused;

static void *aligned(size_t bytes)
{
	void *block;

	if (posix_memalign(&block, BLOCK, bytes) != 0)
		errx(1, "no memory");
	return block;
}

static void sleep_ms(long ms)
{
	struct timespec time = { 0, ms * 1000000 };

	nanosleep(&time, NULL);
}

static void *reads(void *unused)
{
	void *block = aligned(READ_BYTES);

	for (unsigned int i = 0;; i++) {
		while (is_paused)
			sleep_ms(1);
		if (pread(device, block, READ_BYTES, READ_FROM + i % 16 * READ_BYTES) != READ_BYTES)
			err(1, "pread");
	}
	return unused;
}

static void write_block(aio_context_t context, int block)
{
	static struct iocb requests[3];
	static void *memory;
	struct iocb *request = &requests[block];

	if (!memory)
		memory = aligned(BLOCK);
	*request = (struct iocb){ .aio_lio_opcode = IOCB_CMD_PWRITE,
				  .aio_fildes = device,
				  .aio_buf = (unsigned long)memory,
				  .aio_nbytes = BLOCK,
				  .aio_offset = block * BLOCK };
	if (syscall(SYS_io_submit, context, 1, &request) != 1)
		err(1, "io_submit");
}

int main(int argc, char **argv)
{
	int file = argc > 1 ? open(argv[1], O_RDWR) : -1, number;
	aio_context_t context = 0;
	struct io_event events[3];
	pthread_t thread;
	char line[8];

	die_with_parent();
	if (file < 0 || syscall(SYS_io_setup, 8, &context) != 0)
		err(1, "io_setup");
	number = attach_loop(file, O_RDWR | O_DIRECT, &device);
	ready("loop=%d", number);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int i = 0; i < READERS; i++)
		if (pthread_create(&thread, NULL, reads, NULL) != 0)
			errx(1, "pthread_create");
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT) != 0)
		err(1, "ioprio_set");
	for (;;) {
		/* Until the readers are at it. */
		sleep_ms(30);
		write_block(context, 2);
		sleep_ms(100);
		write_block(context, 0);
		write_block(context, 1);
		sleep_ms(100);
		is_paused = true;
		if (syscall(SYS_io_getevents, context, 3, 3, events, NULL) != 3)
			err(1, "io_getevents");
		is_paused = false;
	}
}
