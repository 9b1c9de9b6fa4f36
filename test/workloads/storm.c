/*
 * Processes and threads that hardly live, as many as one CPU can make; a fifth of them becomes another program first,
 * and a seventh is killed.
 *
 * Usage: storm CPU
 */
#include "workload.h"
#include <pthread.h>

static void *end_at_once(void *unused)
{
	return unused;
}

static void live_shortly(unsigned long number)
{
	pthread_t thread;

	/* Some are killed, in the middle of whatever they are at. */
	if (number % 7 == 0) {
		for (;;)
			getppid();
	}
	if (number % 5 == 0)
		execl("/bin/true", "true", NULL);
	if (pthread_create(&thread, NULL, end_at_once, NULL) == 0 && number % 2)
		pthread_join(thread, NULL);
	/* Some leave their thread behind, and some their leader. */
	if (number % 3 == 0)
		pthread_exit(NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	int cpu = argc == 2 ? atoi(argv[1]) : 0;

	die_with_parent();
	pin_to_cpu(cpu);
	ready("cpu=%d", cpu);
	for (unsigned long number = 0;; number++) {
		pid_t child = fork_child();

		if (child == 0)
			live_shortly(number);
		if (number % 7 == 0)
			kill(child, SIGKILL);
		/* Zombies stand in the way of a walk, too: up to a hundred at a time. */
		if (number % 100 == 99)
			while (waitpid(-1, NULL, 0) > 0)
				;
	}
}
