/* Threads that block for ever, each in a call of its own. The ready line tells which thread is in which. */
#ifndef IN_THREADS_H
#define IN_THREADS_H

#include "workload.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>

/* A call that does not return on this descriptor, or that can be made again. */
typedef void (*block_fn)(int fd);

static char in_threads_line[8192];

struct in_thread {
	block_fn block;
	int fd;
	pid_t tid;
	sem_t started;
};

static void *in_thread_run(void *argument)
{
	struct in_thread *thread = argument;
	block_fn block = thread->block;
	int fd = thread->fd;

	thread->tid = this_tid();
	sem_post(&thread->started);
	for (;;)
		block(fd);
	return NULL;
}

/* Starts a thread that calls `block(fd)`, over and over, and gives it a name in the ready line. */
static inline pid_t in_thread(const char *name, block_fn block, int fd)
{
	struct in_thread thread = { .block = block, .fd = fd };
	size_t used = strlen(in_threads_line);
	pthread_t id;

	sem_init(&thread.started, 0, 0);
	if (pthread_create(&id, NULL, in_thread_run, &thread) != 0)
		errx(1, "a thread for %s", name);
	while (sem_wait(&thread.started) != 0)
		;
	if (snprintf(in_threads_line + used, sizeof(in_threads_line) - used, "%s=%d ", name, thread.tid) >=
	    (int)(sizeof(in_threads_line) - used))
		errx(1, "too many threads for one line");
	return thread.tid;
}

/* Something else about that thread. */
static inline void in_thread_fact(const char *name, const char *what, long value)
{
	size_t used = strlen(in_threads_line);

	snprintf(in_threads_line + used, sizeof(in_threads_line) - used, "%s.%s=%ld ", name, what, value);
}

static inline void ready_in_threads(void)
{
	ready("%s", in_threads_line);
}

/* Moves the descriptor to this number, which may be above the limit that the process came with. */
static inline int move_fd(int fd, int number)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "getrlimit");
	if (limit.rlim_cur <= (rlim_t)number) {
		limit.rlim_cur = number + 1;
		if (limit.rlim_max < limit.rlim_cur)
			limit.rlim_max = limit.rlim_cur;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			err(1, "a limit of %d descriptors", number + 1);
	}
	if (dup2(fd, number) != number || close(fd) != 0)
		err(1, "descriptor %d", number);
	return number;
}

#endif
