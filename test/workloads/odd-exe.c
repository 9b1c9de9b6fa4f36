/*
 * Sleeps in a program whose file is out of the ordinary. Works in a tmpfs of its own, which goes with it.
 *
 *   odd-exe DIR memfd NAME        a file in memory of this name
 *   odd-exe DIR deep NAME COUNT   in COUNT directories of this name, one in the other, below DIR
 */
#include "copy-self.h"
#include "mounts.h"
#include <sys/mman.h>
#include <sys/stat.h>

static char *const again[] = { "odd-exe", NULL };

static void run_from_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		err(1, "memfd_create");
	copy_self_to(fd);
	fexecve(fd, again, environ);
	err(1, "fexecve");
}

static void run_from_the_deep(const char *name, int count)
{
	for (int i = 0; i < count; i++)
		if (mkdir(name, 0700) != 0 || chdir(name) != 0)
			err(1, "directory %d", i);
	copy_self_as("program");
	execv("./program", again);
	err(1, "exec");
}

int main(int argc, char **argv)
{
	die_with_parent();
	if (argc > 3) {
		own_mount_namespace();
		if (mount("none", argv[1], "tmpfs", 0, NULL) != 0 || chdir(argv[1]) != 0)
			err(1, "tmpfs");
		if (strcmp(argv[2], "memfd") == 0)
			run_from_memory(argv[3]);
		else
			run_from_the_deep(argv[3], atoi(argv[4]));
	}
	ready("pid=%d", getpid());
	wait_for_the_end();
}
