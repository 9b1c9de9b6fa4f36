/*
 * direct-io FILE read|ahead|write|dsync|sync|fail BYTES: on a loop device over the file, reads or writes so many bytes
 * past the page cache, each time at the next multiple of them, over and over. `ahead` reads into the page cache, which
 * is emptied each time round; `dsync` writes through the device's cache, and `sync` flushes it after each write; `fail`
 * writes where the file, which is another one then, must not grow. Once a call has failed it says so.
 */
#include "loop.h"
#include <stdbool.h>
#include <sys/mman.h>

#define END (8 << 20)

/* A file that is empty and stays so. */
static int sealed_file(void)
{
	int file = memfd_create("sealed", MFD_ALLOW_SEALING);

	if (file < 0 || ftruncate(file, END) != 0)
		err(1, "memfd");
	return file;
}

static void seal(int file)
{
	if (ftruncate(file, 0) != 0 || fcntl(file, F_ADD_SEALS, F_SEAL_GROW) != 0)
		err(1, "F_ADD_SEALS");
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";
	int bytes = argc > 3 ? atoi(argv[3]) : 4096;
	bool is_ahead = strcmp(what, "ahead") == 0, is_write = !is_ahead && strcmp(what, "read") != 0;
	int mode = O_RDWR | (is_ahead ? 0 : O_DIRECT) | (strcmp(what, "dsync") == 0 ? O_DSYNC : 0);
	bool is_sync = strcmp(what, "sync") == 0, fails = strcmp(what, "fail") == 0;
	int file = fails ? sealed_file() : open(argv[1], O_RDWR), fd, number;
	bool has_failed = false;
	void *buffer;

	die_with_parent();
	if (file < 0 || posix_memalign(&buffer, 4096, bytes) != 0)
		err(1, "%s", argv[1]);
	number = attach_loop(file, mode, &fd);
	if (fails)
		seal(file);
	memset(buffer, 'x', bytes);
	ready("loop=%d", number);
	for (off_t at = 0;; at = (at + bytes) % END) {
		if (is_ahead && at == 0)
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);

		ssize_t done = is_write ? pwrite(fd, buffer, bytes, at) : pread(fd, buffer, bytes, at);

		if (done < 0 && errno != EIO)
			err(1, "%s", argv[1]);
		if (done < 0 && !has_failed) {
			has_failed = true;
			printf("EIO\n");
			fflush(stdout);
		}
		if (is_sync && fdatasync(fd) != 0 && errno != EIO)
			err(1, "fdatasync");
	}
}
