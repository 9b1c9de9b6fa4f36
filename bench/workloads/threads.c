// SPDX-License-Identifier: MIT
/*
 * threads N [pause|recv|epoll]: N threads that sleep until this program is killed, or its parent goes: in pause(2);
 * each in recv(2) on a TCP connection of its own, on the side that connected; each in epoll_wait(2) on ten UNIX sockets
 * of its own, of which none decides the idle rules. Says "ready".
 */
#include <arpa/inet.h>
#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_EACH 10
/* Where threads have many descriptors. */
#define THREADS_EACH 1000

static int listener;
static struct sockaddr_in address;

static void *in_pause(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *in_recv(void *connection)
{
	char byte;

	for (;;)
		recv((long)connection, &byte, 1, 0);
	return NULL;
}

static void *in_epoll(void *set)
{
	struct epoll_event event;

	for (;;)
		epoll_wait((long)set, &event, 1, -1);
	return NULL;
}

static void *connection(void)
{
	long fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    accept(listener, NULL, NULL) < 0)
		err(1, "connection");
	return (void *)fd;
}

static void *epoll_of_sockets(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	long set = epoll_create1(0);
	int pair[2];

	for (int i = 0; i < SOCKETS_EACH; i++) {
		if (i % 2 == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
			err(1, "socketpair");
		if (epoll_ctl(set, EPOLL_CTL_ADD, pair[i % 2], &event) != 0)
			err(1, "epoll_ctl");
	}
	return (void *)set;
}

static void listen_somewhere(void)
{
	socklen_t len = sizeof(address);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) != 0)
		err(1, "listen");
}

/* As many descriptors as may be had; more processes when that is too few. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Leaves this process with the last of the threads; its children have the others, and die with it. */
static long share_out(long count)
{
	char byte;
	int done[2];

	for (; count > THREADS_EACH; count -= THREADS_EACH) {
		if (pipe(done) != 0)
			err(1, "pipe");
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			dup2(done[1], STDOUT_FILENO);
			close(done[0]);
			close(done[1]);
			return THREADS_EACH;
		}
		close(done[1]);
		if (read(done[0], &byte, 1) != 1)
			errx(1, "a child has ended");
		close(done[0]);
	}
	return count;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0;
	const char *what = argc > 2 ? argv[2] : "pause";
	void *(*run)(void *) = strcmp(what, "recv") == 0 ? in_recv : strcmp(what, "epoll") == 0 ? in_epoll : in_pause;
	pthread_attr_t attributes;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listen_somewhere();
	if (run != in_pause) {
		raise_limit();
		count = share_out(count);
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	/* The main thread is one of them. */
	for (long i = 0; i < count; i++) {
		void *argument = run == in_recv ? connection() : run == in_epoll ? epoll_of_sockets() : NULL;

		if (i == count - 1) {
			puts("ready");
			fflush(stdout);
			run(argument);
		}
		if (pthread_create(&thread, &attributes, run, argument) != 0)
			err(1, "pthread_create");
	}
}
