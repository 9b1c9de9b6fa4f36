/* Descriptors of every kind that one can wait for, by the words in which a test asks for them. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "cases.h"
#include "own-sockets.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/un.h>

struct wanted {
	int fd, events;
	int closed; /* Close the descriptor once it is in an epoll set; the file lives on by another. */
};

static inline int unix_listener(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&any, sizeof(sa_family_t)) != 0 || listen(fd, 1) != 0)
		err(1, "a UNIX listener");
	return fd;
}

static inline int tcp6_listener(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0)
		cannot(errno);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0)
		err(1, "listen on ::1");
	return fd;
}

static inline int filled_client(void)
{
	int fd = tcp_pair(0).client;

	fill(fd);
	return fd;
}

/* A client with something to read. */
static inline int readable_client(void)
{
	struct tcp_pair pair = tcp_pair(0);

	(void)!write(pair.server, "x", 1);
	return pair.client;
}

static inline int unix_pair(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		err(1, "socketpair");
	return fds[0];
}

static inline int empty_pipe(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		err(1, "pipe");
	return fds[0];
}

static inline int make_descriptor(const char *kind, int port)
{
	if (!strcmp(kind, "client"))
		return tcp_pair(0).client;
	if (!strcmp(kind, "full"))
		return filled_client();
	if (!strcmp(kind, "readable"))
		return readable_client();
	if (!strcmp(kind, "server"))
		return tcp_pair(port).server;
	if (!strcmp(kind, "listener"))
		return tcp_listener(port);
	if (!strcmp(kind, "listener6"))
		return tcp6_listener();
	if (!strcmp(kind, "udp"))
		return bound_socket(SOCK_DGRAM, port);
	if (!strcmp(kind, "unix"))
		return unix_pair();
	if (!strcmp(kind, "unixlistener"))
		return unix_listener();
	if (!strcmp(kind, "pipe"))
		return empty_pipe();
	if (!strcmp(kind, "eventfd"))
		return eventfd(0, 0);
	if (!strcmp(kind, "timerfd"))
		return timerfd_create(CLOCK_MONOTONIC, 0);
	if (!strcmp(kind, "epoll"))
		return epoll_create1(0);
	if (!strcmp(kind, "negative"))
		return -1;
	errx(1, "no kind '%s'", kind);
}

static inline int parse_events(const char *text)
{
	if (!strcmp(text, "out"))
		return POLLOUT;
	if (!strcmp(text, "inout"))
		return POLLIN | POLLOUT;
	if (!strcmp(text, "rdnorm"))
		return POLLRDNORM;
	if (!strcmp(text, "none"))
		return 0;
	if (!strcmp(text, "oneshot"))
		return POLLIN | (int)EPOLLONESHOT;
	errx(1, "no events '%s'", text);
}

/* Ends the word at the last such mark; returns what follows it. */
static inline char *cut(char *word, char mark)
{
	char *at = strrchr(word, mark);

	if (!at)
		return NULL;
	*at = 0;
	return at + 1;
}

/* KIND[=PORT][:EVENTS][@NUMBER][*COUNT][!]; returns how many there are. */
static inline int make_wanted(char *word, struct wanted *wanted)
{
	char *closed = cut(word, '!'), *copies = cut(word, '*'), *number = cut(word, '@');
	char *events = cut(word, ':'), *port = cut(word, '=');
	int count = copies ? atoi(copies) : 1;

	for (int i = 0; i < count; i++) {
		int fd = make_descriptor(word, port ? atoi(port) : 0);

		if (fd < 0 && strcmp(word, "negative") != 0)
			err(1, "%s", word);
		if (number && (dup2(fd, atoi(number)) < 0 || close(fd) != 0))
			err(1, "dup2 to %s", number);
		wanted[i].fd = number ? atoi(number) : fd;
		wanted[i].events = events ? parse_events(events) : POLLIN;
		wanted[i].closed = closed != NULL;
	}
	return count;
}

#endif
