/*
 * Threads whose stacks are hard to walk without frame pointers, and easy with unwind tables: deep recursion, signal
 * handlers in a call and in a loop, a callback of libc, frames of a size that is known at run time only and frames that
 * are aligned, and code of the vdso. Says which thread is which, by name=tid.
 */
#include "workload.h"
#include <alloca.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#define DEPTH 200

static volatile int sink;
static volatile pid_t tids[16];

static __attribute__((noinline)) int wait_deep(int depth)
{
	char frame[64];

	memset(frame, depth, sizeof(frame));
	sink = frame[depth % 64];
	if (depth == 0)
		pause();
	else
		sink += wait_deep(depth - 1);
	return sink + frame[3];
}

static void wait_in_handler(int signal)
{
	(void)signal;
	for (;;)
		pause();
}

static void run_in_handler(int signal)
{
	(void)signal;
	for (;;)
		sink++;
}

static int wait_in_callback(const void *one, const void *other)
{
	pause();
	return one < other;
}

static __attribute__((noinline)) int wait_in_aligned(int bytes)
{
	int frame[16] __attribute__((aligned(64)));
	char *more = alloca(bytes * 3);

	frame[0] = bytes;
	more[1] = 2;
	__asm__ volatile("" ::"r"(frame), "r"(more) : "memory");
	poll(NULL, 0, -1);
	__asm__ volatile("" ::"r"(frame) : "memory");
	return frame[0] + more[1];
}

static void deep(void)
{
	wait_deep(DEPTH);
}

static void shallow(void)
{
	wait_deep(20);
}

static void signalled(void)
{
	signal(SIGUSR1, wait_in_handler);
	raise(SIGUSR1);
}

static void interrupted(void)
{
	signal(SIGUSR2, run_in_handler);
	for (;;)
		sink++;
}

static void called_back(void)
{
	int numbers[] = { 3, 1, 2 };

	qsort(numbers, 3, sizeof(numbers[0]), wait_in_callback);
}

static void aligned(void)
{
	sink = wait_in_aligned(77);
}

static void clocked(void)
{
	struct timespec now;

	for (;;)
		clock_gettime(CLOCK_MONOTONIC, &now);
}

static void allocating(void)
{
	for (;;) {
		char *memory = malloc(1000);

		memset(memory, 1, 1000);
		sink += *memory;
		free(memory);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} THREADS[] = {
	{ "deep", deep },	   { "shallow", shallow }, { "signalled", signalled }, { "interrupted", interrupted },
	{ "called", called_back }, { "aligned", aligned }, { "clocked", clocked },     { "allocating", allocating },
};
#define COUNT ((int)(sizeof(THREADS) / sizeof(THREADS[0])))

static void *run(void *index)
{
	tids[(long)index] = this_tid();
	THREADS[(long)index].run();
	return NULL;
}

int main(void)
{
	pthread_t threads[COUNT];
	char line[512] = "";

	die_with_parent();
	for (long i = 0; i < COUNT; i++) {
		if (pthread_create(&threads[i], NULL, run, (void *)i) != 0)
			errx(1, "pthread_create");
		while (tids[i] == 0)
			usleep(1000);
		sprintf(line + strlen(line), " %s=%d", THREADS[i].name, tids[i]);
	}
	pthread_kill(threads[3], SIGUSR2);
	ready("%s", line + 1);
	for (;;)
		pause();
}
