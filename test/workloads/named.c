/*
 * Sleeps under names of any bytes, which are given in hex: of its thread, of its program's file (made in the current
 * directory), and its arguments, the first of which is argv[0].
 *
 * Usage: named COMM FILE ARGUMENT…
 */
#include "copy-self.h"
#include "hex.h"

#define COMM "WORKLOAD_COMM"

int main(int argc, char **argv)
{
	const char *comm = getenv(COMM);

	die_with_parent();
	if (!comm && argc > 3) {
		char *file = from_hex(argv[2]);

		setenv(COMM, from_hex(argv[1]), 1);
		for (int i = 3; i < argc; i++)
			argv[i] = from_hex(argv[i]);
		copy_self_as(file);
		execv(file, argv + 3);
		err(1, "exec");
	}
	prctl(PR_SET_NAME, comm);
	ready("pid=%d", getpid());
	wait_for_the_end();
}
