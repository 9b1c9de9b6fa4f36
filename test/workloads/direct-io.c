/*
 * direct-io FILE read|write|sync BYTES: on a loop device over the file, reads or writes so many bytes past the page cache, each time at the next
 * multiple of them, over and over; `sync` waits after each write until it is on the medium.
 */
#include "loop.h"
#include <stdbool.h>

#define END (8 << 20)

int main(int argc, char **argv)
{
	int bytes = argc > 3 ? atoi(argv[3]) : 4096;
	bool is_write = argc > 2 && strcmp(argv[2], "read") != 0, is_sync = argc > 2 && strcmp(argv[2], "sync") == 0;
	int file = open(argv[1], O_RDWR), fd, number;
	void *buffer;

	die_with_parent();
	if (file < 0 || posix_memalign(&buffer, 4096, bytes) != 0)
		err(1, "%s", argv[1]);
	number = attach_loop(file, O_RDWR | O_DIRECT, &fd);
	memset(buffer, 'x', bytes);
	ready("loop=%d", number);
	for (off_t at = 0;; at = (at + bytes) % END) {
		ssize_t done = is_write ? pwrite(fd, buffer, bytes, at) : pread(fd, buffer, bytes, at);

		if (done < 0 && errno != EIO)
			err(1, "%s", argv[1]);
		if (is_sync && fdatasync(fd) != 0 && errno != EIO)
			err(1, "fdatasync");
	}
}
