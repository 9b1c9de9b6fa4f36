/*
 * Threads in system calls whose arguments lie in memory that is not there any more: who touches it waits for ever, also
 * who reads it from outside.
 *
 *   missing-page DIR userfault   memory that nobody fills
 *   missing-page DIR file        a file of a file system that does not answer, mounted on DIR/mount
 */
#include "in-threads.h"
#include "stuck-fs.h"
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>

/* One for each call. */
#define PAGES 3

static char *page;
static long page_bytes;

static void in_openat(int fd)
{
	syscall(SYS_openat, fd, page, O_RDONLY);
}

static void in_ppoll(int fd)
{
	struct pollfd *fds = (void *)(page + page_bytes);

	*fds = (struct pollfd){ .fd = fd, .events = POLLIN };
	ppoll(fds, 1, NULL, NULL);
}

static void in_pselect6(int fd)
{
	fd_set *set = (void *)(page + 2 * page_bytes);

	FD_SET(fd, set);
	pselect(fd + 1, set, NULL, NULL, NULL, NULL);
}

static void let_nobody_fill(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	range.range.start = (uintptr_t)page;
	range.range.len = PAGES * page_bytes;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0 || ioctl(fd, UFFDIO_REGISTER, &range) != 0)
		err(1, "userfaultfd");
	if (madvise(page, PAGES * page_bytes, MADV_DONTNEED) != 0)
		err(1, "MADV_DONTNEED");
}

static void map_file_over_it(void)
{
	int fd = open("mount/file", O_RDWR);

	if (mmap(page, PAGES * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		err(1, "mmap");
}

int main(int argc, char **argv)
{
	int is_file, fds[2];
	char byte;

	die_with_parent();
	if (argc != 3 || chdir(argv[1]) != 0)
		errx(2, "usage: missing-page DIR userfault|file");
	is_file = strcmp(argv[2], "file") == 0;
	page_bytes = sysconf(_SC_PAGESIZE);
	page = mmap(NULL, PAGES * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mkfifo("fifo", 0600) != 0 || mkdir("mount", 0700) != 0 || pipe(fds) != 0)
		err(1, "files");
	if (is_file)
		mount_stuck_fs("mount");
	strcpy(page, "fifo");
	/* Not AT_FDCWD: a file that a path which cannot be read is not to be taken for. */
	in_thread("openat", in_openat, open(".", O_RDONLY | O_DIRECTORY));
	in_thread("ppoll", in_ppoll, fds[0]);
	in_thread("pselect6", in_pselect6, fds[0]);
	ready_in_threads();
	/* The test knows when all are in their calls. */
	if (read(0, &byte, 1) != 1)
		errx(1, "no word from the test");
	if (is_file)
		map_file_over_it();
	else
		let_nobody_fill();
	/* The test sees it by this. */
	prctl(PR_SET_NAME, "missing");
	wait_for_the_end();
}
