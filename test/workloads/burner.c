/*
 * So many processes that do nothing but compute, each pinned to the CPU named for it.
 *
 * Usage: burner CPU…
 */
#include "workload.h"

static void burn(void)
{
	for (;;)
		__asm__ volatile("");
}

int main(int argc, char **argv)
{
	char pids[1024] = "";

	die_with_parent();
	for (int i = 1; i < argc; i++) {
		pid_t pid = fork_child();

		if (pid == 0) {
			pin_to_cpu(atoi(argv[i]));
			burn();
		}
		sprintf(pids + strlen(pids), "burner%d=%d ", i, pid);
	}
	ready("%s", pids);
	wait_for_the_end();
}
