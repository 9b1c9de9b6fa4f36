/*
 * Waits in flock(2) for ever, on the second of two descriptors of a file, the first of which has the lock. Before that
 * it does what its arguments say, in their order.
 *
 *   file FILE         this file; it is made where there is none
 *   hex FILE          the same with a name in hex
 *   memory NAME       a file in memory of this name
 *   deep NAME         a directory of this name, which becomes the current one
 *   chroot DIR
 *   root DIR          in a mount namespace of its own, this becomes the root, and the old one goes
 */
#include "hex.h"
#include "mounts.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int fds[2];

static void open_file(const char *path)
{
	for (int i = 0; i < 2; i++) {
		fds[i] = open(path, O_RDWR | O_CREAT, 0600);
		/* A directory, or what nobody may write. */
		if (fds[i] < 0)
			fds[i] = open(path, O_RDONLY);
		if (fds[i] < 0)
			err(1, "%s", path);
	}
}

static void open_hex(const char *path)
{
	open_file(from_hex(path));
}

static void open_memory(const char *name)
{
	char path[64];

	fds[0] = memfd_create(name, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	open_file(path);
}

static void go_deeper(const char *name)
{
	if (mkdir(name, 0700) != 0 || chdir(name) != 0)
		err(1, "directory %s", name);
}

static void change_root(const char *dir)
{
	if (chroot(dir) != 0 || chdir("/") != 0)
		err(1, "chroot %s", dir);
}

static void pivot(const char *dir)
{
	bind_upon_itself(dir);
	become_root(dir);
}

static const struct {
	const char *name;
	void (*act)(const char *value);
} acts[] = {
	{ "file", open_file }, { "hex", open_hex },	  { "memory", open_memory },
	{ "deep", go_deeper }, { "chroot", change_root }, { "root", pivot },
};

int main(int argc, char **argv)
{
	die_with_parent();
	for (int i = 1; i + 1 < argc; i += 2) {
		size_t known = 0;

		while (known < sizeof(acts) / sizeof(*acts) && strcmp(argv[i], acts[known].name) != 0)
			known++;
		if (known == sizeof(acts) / sizeof(*acts))
			errx(2, "what is %s?", argv[i]);
		acts[known].act(argv[i + 1]);
	}
	if (flock(fds[0], LOCK_EX) != 0)
		err(1, "flock");
	ready("fd=%d", fds[1]);
	for (;;)
		flock(fds[1], LOCK_EX);
}
