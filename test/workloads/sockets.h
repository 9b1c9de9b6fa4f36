/* Sockets on the loopback device. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "workload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static inline union address loopback(int family, int port)
{
	union address address = { .any.sa_family = family };

	if (family == AF_INET) {
		address.v4.sin_port = htons(port);
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		address.v6.sin6_port = htons(port);
		address.v6.sin6_addr = in6addr_loopback;
	}
	return address;
}

static inline socklen_t address_bytes(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

static inline int make_socket(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		err(1, "socket(%d, %d, %d)", family, type, protocol);
	return fd;
}

static inline union address own_address(int fd)
{
	union address address;
	socklen_t bytes = sizeof(address);

	if (getsockname(fd, &address.any, &bytes) != 0)
		err(1, "getsockname");
	return address;
}

static inline void set_option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) != 0)
		err(1, "socket option %d", name);
}

/* To the first free port from this one on; 0: to any that the kernel chooses. */
static inline void bind_from(int fd, int family, int port)
{
	int last = port == 0 ? 0 : port + 500;

	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	for (; port <= last; port++) {
		union address address = loopback(family, port);

		if (bind(fd, &address.any, address_bytes(&address)) == 0)
			return;
		if (errno != EADDRINUSE)
			err(1, "bind to port %d", port);
	}
	errx(1, "no free port up to %d", last);
}

/* Listens on the loopback device, from this port on. */
static inline int listen_from(int family, int port, int backlog)
{
	int fd = make_socket(family, SOCK_STREAM, 0);

	bind_from(fd, family, port);
	if (listen(fd, backlog) != 0)
		err(1, "listen");
	return fd;
}

static inline void connect_to(int fd, union address address)
{
	if (connect(fd, &address.any, address_bytes(&address)) != 0)
		err(1, "connect");
}

struct tcp_pair {
	int client, server;
};

/* A connection from this socket, which may have options and a port already. */
static inline struct tcp_pair connect_pair(int client, int listener)
{
	struct tcp_pair pair = { .client = client };

	connect_to(client, own_address(listener));
	pair.server = accept(listener, NULL, NULL);
	if (pair.server < 0)
		err(1, "accept");
	return pair;
}

static inline void send_all(int fd, const void *data, size_t bytes)
{
	if (send(fd, data, bytes, 0) != (ssize_t)bytes)
		err(1, "send");
}

static inline void receive_all(int fd, void *data, size_t bytes)
{
	if (recv(fd, data, bytes, MSG_WAITALL) != (ssize_t)bytes)
		err(1, "recv");
}

#endif
