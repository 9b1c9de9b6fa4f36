/*
 * So many threads in all, which sleep in pause(2).
 *
 * Usage: threads COUNT
 */
#include "workload.h"
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define STACK_BYTES (16 << 10)

static atomic_int running = 1;

static void *sleep_long(void *unused)
{
	running++;
	wait_for_the_end();
	return unused;
}

int main(int argc, char **argv)
{
	int count = argc == 2 ? atoi(argv[1]) : 2;
	pthread_attr_t attributes;
	char *stacks;

	die_with_parent();
	/* One mapping for all: with guard pages between them they would exceed vm.max_map_count. */
	stacks = mmap(NULL, (size_t)count * STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stacks == MAP_FAILED)
		err(1, "stacks");
	pthread_attr_init(&attributes);
	for (int i = 1; i < count; i++) {
		pthread_t thread;

		pthread_attr_setstack(&attributes, stacks + (size_t)i * STACK_BYTES, STACK_BYTES);
		if (pthread_create(&thread, &attributes, sleep_long, NULL) != 0)
			errx(1, "no more than %d threads", i);
	}
	while (running < count)
		sched_yield();
	ready("threads=%d", count);
	wait_for_the_end();
}
