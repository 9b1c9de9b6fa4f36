/* Threads whose every system call returns another number, which is its third argument: they read more and more. */
#include "workload.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#define MOST (1 << 16)

static void *counts(void *unused)
{
	int fd = memfd_create("counted", 0);
	char *bytes = malloc(MOST);

	if (fd < 0 || !bytes || ftruncate(fd, MOST) != 0)
		err(1, "memfd");
	for (long i = 0;; i = (i + 1) % MOST)
		if (syscall(SYS_pread64, fd, bytes, i + 1, 0L) != i + 1)
			err(1, "pread64");
	return unused;
}

int main(void)
{
	pthread_t thread;

	die_with_parent();
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread, NULL, counts, NULL) != 0)
			errx(1, "pthread_create");
	ready("threads=%d", 2);
	wait_for_the_end();
}
