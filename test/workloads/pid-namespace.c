/*
 * Nested PID namespaces: in each a process with two threads, and in the innermost one more process. All sleep in
 * pause(2).
 *
 * Usage: pid-namespace DEPTH
 */
#include "workload.h"
#include <pthread.h>

static pid_t fork_into_namespace(void)
{
	pid_t pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		err(1, "clone");
	if (pid == 0)
		die_with_parent();
	return pid;
}

/* So that the ids of each namespace differ from the others' in more than their base. */
static void use_up_ids(int count)
{
	while (count-- > 0) {
		pid_t pid = fork_child();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void *sleep_long(void *unused)
{
	wait_for_the_end();
	return unused;
}

int main(int argc, char **argv)
{
	int depth = argc == 2 ? atoi(argv[1]) : 1;

	die_with_parent();
	for (int level = 1; level <= depth; level++) {
		pthread_t thread;

		if (fork_into_namespace() != 0)
			wait_for_the_end();
		use_up_ids(5 * level);
		if (pthread_create(&thread, NULL, sleep_long, NULL) != 0)
			errx(1, "pthread_create");
	}
	use_up_ids(1);
	if (fork_child() != 0)
		wait_for_the_end();
	ready("depth=%d", depth);
	wait_for_the_end();
}
