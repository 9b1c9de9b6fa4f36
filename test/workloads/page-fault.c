/*
 * Threads that wait for a page of memory that never comes: one touches it in user space, and is in no system call; the
 * other asks the kernel to read into it.
 */
#include "workload.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static char *page;
static pid_t call_tid;
static pthread_barrier_t started;

static void *fault_in_call(void *unused)
{
	int fd = open("/dev/zero", O_RDONLY);

	call_tid = this_tid();
	pthread_barrier_wait(&started);
	(void)!read(fd, page, 1);
	return unused;
}

int main(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	long page_bytes = sysconf(_SC_PAGESIZE);
	pthread_t thread;
	int fd;

	die_with_parent();
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (unsigned long)page;
	range.range.len = page_bytes;
	if (fd < 0 || page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) != 0 || ioctl(fd, UFFDIO_REGISTER, &range) != 0)
		err(1, "userfaultfd");
	pthread_barrier_init(&started, NULL, 2);
	if (pthread_create(&thread, NULL, fault_in_call, NULL) != 0)
		errx(1, "pthread_create");
	pthread_barrier_wait(&started);
	ready("user=%d call=%d", this_tid(), call_tid);
	*(volatile char *)page = 1;
	errx(1, "the page has come");
}
