/*
 * Threads in system calls that last a known time, over and over: each measures its own calls, from just before one to
 * just after, and prints them: `call NAME TID ENTER_US NS RETURNED`, when by CLOCK_REALTIME.
 *
 * One more thread calls getppid all the time, and prints nothing. With an argument there are only threads that sleep
 * for a moment, so that a sample often meets the end of a call.
 * Starts when a line comes on stdin, and ends with stdin.
 */
#include "workload.h"
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#define CALL_NS 30000000

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* In one piece, and without a lock, whose waits would be calls of their own. */
static void told(const char *name, int64_t enter, int64_t exit, long returned)
{
	char line[128];
	int bytes = snprintf(line, sizeof(line), "call %s %d %lld %lld %ld\n", name, this_tid(),
			     (long long)enter / 1000, (long long)(exit - enter), returned);

	if (write(STDOUT_FILENO, line, bytes) != bytes)
		err(1, "stdout");
}

#define MEASURE(name, call)                                                                                            \
	do {                                                                                                           \
		int64_t enter_ = now_ns();                                                                             \
		long returned_ = call;                                                                                 \
		int64_t exit_ = now_ns();                                                                              \
		told(name, enter_, exit_, returned_ < 0 ? -errno : returned_);                                         \
	} while (0)

static void pause_ns(long ns)
{
	struct timespec time = { 0, ns };

	nanosleep(&time, NULL);
}

static void *sleeps(void *unused)
{
	struct timespec time = { 0, CALL_NS };

	for (;;)
		MEASURE("clock_nanosleep", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL));
	return unused;
}

static void *futexes(void *unused)
{
	struct timespec time = { 0, CALL_NS };
	int word = 0;

	for (;;)
		MEASURE("futex", syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0));
	return unused;
}

static void *feeds(void *fd)
{
	for (;;) {
		pause_ns(CALL_NS);
		if (write((int)(intptr_t)fd, "12345", 5) != 5)
			err(1, "write");
	}
	return NULL;
}

static void feed(int fd)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, feeds, (void *)(intptr_t)fd) != 0)
		errx(1, "pthread_create");
}

static void *reads(void *unused)
{
	char bytes[8];
	int fds[2];

	if (pipe(fds) != 0)
		err(1, "pipe");
	feed(fds[1]);
	for (;;)
		MEASURE("read", read(fds[0], bytes, sizeof(bytes)));
	return unused;
}

static void *receives(void *unused)
{
	char bytes[8];
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		err(1, "socketpair");
	feed(fds[1]);
	for (;;)
		MEASURE("recvfrom", syscall(SYS_recvfrom, fds[0], bytes, sizeof(bytes), 0, NULL, NULL));
	return unused;
}

static void *computes(void *unused)
{
	for (;;)
		syscall(SYS_getppid);
	return unused;
}

static void *naps(void *unused)
{
	for (;;)
		pause_ns(1000000);
	return unused;
}

int main(int argc, char *argv[])
{
	void *(*const measured[])(void *) = { sleeps, futexes, reads, receives, computes };
	void *(*const napping[])(void *) = { naps, naps, naps, naps, naps, naps, naps, naps };
	void *(*const *bodies)(void *) = argc > 1 ? napping : measured;
	size_t count = argc > 1 ? sizeof(napping) / sizeof(*napping) : sizeof(measured) / sizeof(*measured);
	pthread_t thread;
	char line[8];

	die_with_parent();
	(void)argv;
	ready("threads=%zu", count);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (size_t i = 0; i < count; i++)
		if (pthread_create(&thread, NULL, bodies[i], NULL) != 0)
			errx(1, "pthread_create");
	while (fgets(line, sizeof(line), stdin))
		;
	return 0;
}
