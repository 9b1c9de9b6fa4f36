/*
 * Threads of a 64-bit program in 32-bit system calls, whose numbers are those of i386, and whose arguments have 32
 * bits. Without any where there is no i386.
 */
#include "in-threads.h"
#include "sockets.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifdef __x86_64__
/* arch/x86/entry/syscalls/syscall_32.tbl */
#define I386_READ 3
#define I386_POLL 168
#define I386_OPENAT 295
#define I386_RECVFROM 371
#define BYTES 4096

/* Memory that an argument of 32 bits can point to. */
static char *low;

static void call(long nr, long first, long second, long third)
{
	__asm__ volatile("int $0x80"
			 : "+a"(nr)
			 : "b"(first), "c"(second), "d"(third), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
}

static void in_read(int fd)
{
	call(I386_READ, fd, (long)low, BYTES);
}

static void in_recvfrom(int fd)
{
	call(I386_RECVFROM, fd, (long)low, BYTES);
}

static void in_poll(int fd)
{
	struct pollfd *fds = (void *)(low + BYTES);

	*fds = (struct pollfd){ .fd = fd, .events = POLLIN };
	call(I386_POLL, (long)fds, 1, -1);
}

static void in_openat(int unused)
{
	(void)unused;
	call(I386_OPENAT, AT_FDCWD, (long)low, O_RDONLY);
}

static int connected(void)
{
	return connect_pair(make_socket(AF_INET, SOCK_STREAM, 0), listen_from(AF_INET, 0, 1)).client;
}

/* The current directory is the test's. */
static void start(void)
{
	int fds[2];

	low = mmap(NULL, 2 * BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED || pipe(fds) != 0 || mkfifo("fifo", 0600) != 0)
		err(1, "low memory");
	strcpy(low, "./fifo");
	in_thread("read", in_read, fds[0]);
	in_thread("recvfrom", in_recvfrom, connected());
	in_thread("poll", in_poll, connected());
	in_thread("openat", in_openat, 0);
}
#else
static void start(void)
{
}
#endif

int main(void)
{
	die_with_parent();
	start();
	ready_in_threads();
	wait_for_the_end();
}
