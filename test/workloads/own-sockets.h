/* Sockets on the loopback device, each with an address of its process's own, so that no two want the same port. */
#ifndef OWN_SOCKETS_H
#define OWN_SOCKETS_H

#include "workload.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* 127.X.Y.Z; the ids of processes stay below 2^22. */
static inline struct sockaddr_in own_address(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(127U << 24 | 1U << 22 | (uint32_t)getpid()),
	};
}

/* The kernel chooses a port for 0. */
static inline int bound_socket(int type, int port)
{
	struct sockaddr_in address = own_address(port);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(1, "a socket with port %d", port);
	return fd;
}

static inline int tcp_listener(int port)
{
	int fd = bound_socket(SOCK_STREAM, port);

	if (listen(fd, 16) != 0)
		err(1, "listen");
	return fd;
}

static inline int tcp_client_of(int listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
	    connect(fd, (struct sockaddr *)&address, size) != 0)
		err(1, "connect");
	return fd;
}

struct tcp_pair {
	int listener, client, server;
};

/* An established connection; the server's end has the listener's port. */
static inline struct tcp_pair tcp_pair(int port)
{
	struct tcp_pair pair = { .listener = tcp_listener(port) };

	pair.client = tcp_client_of(pair.listener);
	pair.server = accept(pair.listener, NULL, NULL);
	if (pair.server < 0)
		err(1, "accept");
	return pair;
}

/* Writes until nothing more fits, so that who waits for room waits for ever. */
static inline void fill(int fd)
{
	static char bytes[1 << 16];

	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

#endif
