/*
 * many-reads THREADS: so many threads, each in a read of 512 bytes from one pipe. Says so once they all are; for a line
 * on stdin they all get something to read, and then it says `done`.
 */
#include "workload.h"
#include <pthread.h>
#include <time.h>

#define BYTES 512
#define STACK_BYTES (64 << 10)

static int fds[2];
static volatile int done;

static void *reads(void *unused)
{
	char bytes[BYTES];

	if (read(fds[0], bytes, sizeof(bytes)) != BYTES)
		err(1, "read");
	__atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	char bytes[BYTES], line[8];
	pthread_attr_t attributes;
	pthread_t thread;

	die_with_parent();
	if (pipe(fds) != 0)
		err(1, "pipe");
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread, &attributes, reads, NULL) != 0)
			errx(1, "thread %d", i);
	ready("threads=%d", threads);
	memset(bytes, 'x', sizeof(bytes));
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int i = 0; i < threads; i++)
		if (write(fds[1], bytes, sizeof(bytes)) != BYTES)
			err(1, "write");
	while (done < threads)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	printf("done\n");
	fflush(stdout);
	wait_for_the_end();
}
