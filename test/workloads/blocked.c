/* A thread for each of many system calls, blocked in it for ever. The ready line tells which thread is in which. */
#include "workload.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

/* The test knows these, too. */
#define READ_BYTES 4242
#define WRITE_BYTES 4321

static int pipe_fds[2], listener, locked_file;
static pid_t sleeping_child;
static char scratch[READ_BYTES + WRITE_BYTES];

static void in_clock_nanosleep(void)
{
	struct timespec long_time = { .tv_sec = 100000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
}

static void in_read(void)
{
	(void)!read(pipe_fds[0], scratch, READ_BYTES);
}

static void in_futex(void)
{
	static int word;

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void in_ppoll(void)
{
	struct pollfd fd = { pipe_fds[0], POLLIN, 0 };

	ppoll(&fd, 1, NULL, NULL);
}

static void in_pselect6(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(pipe_fds[0], &set);
	pselect(pipe_fds[0] + 1, &set, NULL, NULL, NULL, NULL);
}

static void in_epoll_pwait(void)
{
	struct epoll_event event;
	sigset_t none;

	sigemptyset(&none);
	epoll_pwait(epoll_create1(0), &event, 1, -1, &none);
}

static void in_wait4(void)
{
	wait4(sleeping_child, NULL, 0, NULL);
}

static void in_accept(void)
{
	accept(listener, NULL, NULL);
}

static void in_recvfrom(void)
{
	recvfrom(socket(AF_INET, SOCK_DGRAM, 0), scratch, READ_BYTES, 0, NULL, NULL);
}

/* Through a descriptor of its own, which is another owner than the one that has the lock. */
static void in_flock(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", locked_file);
	flock(open(name, O_RDWR), LOCK_EX);
}

static void in_rt_sigtimedwait(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigaddset(&none, SIGUSR1);
	sigprocmask(SIG_BLOCK, &none, NULL);
	sigwaitinfo(&none, NULL);
}

/* Into a pipe that nobody reads, which therefore is full in the end. */
static void in_write(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		err(1, "pipe");
	while (write(fds[1], scratch, WRITE_BYTES) > 0)
		;
}

static void in_rt_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigsuspend(&none);
}

#define CALL(name) #name, in_##name, 0
static struct call {
	const char *name;
	void (*block)(void);
	pid_t tid;
} calls[] = {
	{ CALL(clock_nanosleep) }, { CALL(read) },	  { CALL(futex) }, { CALL(ppoll) },
	{ CALL(pselect6) },	   { CALL(epoll_pwait) }, { CALL(wait4) }, { CALL(accept) },
	{ CALL(recvfrom) },	   { CALL(flock) },	  { CALL(write) }, { CALL(rt_sigtimedwait) },
	{ CALL(rt_sigsuspend) },
};
static pthread_barrier_t started;

static void *block(void *argument)
{
	struct call *call = argument;

	call->tid = this_tid();
	pthread_barrier_wait(&started);
	for (;;)
		call->block();
	return NULL;
}

static void make_what_they_wait_for(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	char file[] = "/tmp/xcapture-test-XXXXXX";

	if (pipe(pipe_fds) != 0)
		err(1, "pipe");
	locked_file = mkstemp(file);
	if (locked_file < 0 || unlink(file) != 0 || flock(locked_file, LOCK_EX) != 0)
		err(1, "a locked file");
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&any, sizeof(sa_family_t)) != 0 || listen(listener, 1) != 0)
		err(1, "a listener");
	sleeping_child = fork_child();
	if (sleeping_child == 0)
		wait_for_the_end();
}

int main(void)
{
	char tids[1024] = "";
	unsigned int count = sizeof(calls) / sizeof(*calls);

	die_with_parent();
	make_what_they_wait_for();
	pthread_barrier_init(&started, NULL, count + 1);
	for (unsigned int i = 0; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, block, &calls[i]) != 0)
			errx(1, "pthread_create");
	}
	pthread_barrier_wait(&started);
	for (unsigned int i = 0; i < count; i++)
		sprintf(tids + strlen(tids), "%s=%d ", calls[i].name, calls[i].tid);
	ready("%s", tids);
	wait_for_the_end();
}
