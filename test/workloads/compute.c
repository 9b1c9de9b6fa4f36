/*
 * Two threads, each on a CPU of its own. One calls getppid and computes for half a millisecond, over and over: nearly
 * always in user space, while the registers that it saved last still hold the call. The other is nearly always on its
 * CPU inside one long call.
 *
 * Usage: compute CPU CPU
 */
#include "workload.h"
#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#define COMPUTE_NS 500000
#define CALL_BYTES (8 << 20)

static int user_cpu, call_cpu;
static pid_t call_tid;
static pthread_barrier_t started;

static long now_ns(void)
{
	struct timespec now;

	/* Read in user space, without a call. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *stay_in_call(void *unused)
{
	char *bytes = malloc(CALL_BYTES);

	pin_to_cpu(call_cpu);
	call_tid = this_tid();
	memset(bytes, 0, CALL_BYTES);
	pthread_barrier_wait(&started);
	for (;;)
		if (getrandom(bytes, CALL_BYTES, 0) < 0)
			err(1, "getrandom");
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	die_with_parent();
	if (argc != 3)
		errx(2, "usage: compute CPU CPU");
	user_cpu = atoi(argv[1]);
	call_cpu = atoi(argv[2]);
	pthread_barrier_init(&started, NULL, 2);
	if (pthread_create(&thread, NULL, stay_in_call, NULL) != 0)
		errx(1, "pthread_create");
	pthread_barrier_wait(&started);
	pin_to_cpu(user_cpu);
	ready("user=%d call=%d", this_tid(), call_tid);
	for (;;) {
		syscall(SYS_getppid);
		for (long end = now_ns() + COMPUTE_NS; now_ns() < end;)
			;
	}
}
