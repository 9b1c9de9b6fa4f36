/*
 * Sockets of all kinds, and for each a thread in each call that reads, accepts or connects. The ready line has
 * KIND-CALL, and KIND.port for the local port of each. Local ports of `low` ones are above 7,000, of `middle` ones
 * above 15,000, of `high` ones what the kernel gives.
 */
#include "in-threads.h"
#include "sockets.h"
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <sys/un.h>

enum {
	HIGH = 0,
	LOW = 7000,
	MIDDLE = 15000
};

static char scratch[4096];
static struct iovec one_part = { scratch, sizeof(scratch) };

static void in_read(int fd)
{
	(void)!read(fd, scratch, sizeof(scratch));
}

static void in_readv(int fd)
{
	(void)!readv(fd, &one_part, 1);
}

/* -1: where the file stands, which is all that a socket knows. */
static void in_preadv2(int fd)
{
	(void)!preadv2(fd, &one_part, 1, -1, 0);
}

static void in_recvfrom(int fd)
{
	recv(fd, scratch, sizeof(scratch), 0);
}

static void in_recvmsg(int fd)
{
	struct msghdr message = { .msg_iov = &one_part, .msg_iovlen = 1 };

	recvmsg(fd, &message, 0);
}

static void in_recvmmsg(int fd)
{
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &one_part, .msg_iovlen = 1 } };

	recvmmsg(fd, &message, 1, 0, NULL);
}

static void in_accept(int fd)
{
	accept(fd, NULL, NULL);
}

static void in_accept4(int fd)
{
	accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

/* No read: fills what the other side does not read. */
static void in_sendto(int fd)
{
	send(fd, scratch, sizeof(scratch), 0);
}

static void start(const char *kind, const char *call, block_fn block, int fd)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", kind, call);
	in_thread(name, block, fd);
}

/* Where it has a port. */
static void tell_port(const char *kind, int fd)
{
	in_thread_fact(kind, "port", ntohs(own_address(fd).v4.sin_port));
}

static void start_reads(const char *kind, int fd)
{
	start(kind, "read", in_read, fd);
	start(kind, "readv", in_readv, fd);
	start(kind, "preadv2", in_preadv2, fd);
	start(kind, "recvfrom", in_recvfrom, fd);
	start(kind, "recvmsg", in_recvmsg, fd);
	start(kind, "recvmmsg", in_recvmmsg, fd);
}

static void start_accepts(const char *kind, int fd)
{
	start(kind, "accept", in_accept, fd);
	start(kind, "accept4", in_accept4, fd);
}

static int tcp_client_from(int family, int port)
{
	int fd = make_socket(family, SOCK_STREAM, 0);

	bind_from(fd, family, port);
	return fd;
}

static void tcp(int family, const char *client, const char *server, int client_port, int server_port)
{
	struct tcp_pair pair = connect_pair(tcp_client_from(family, client_port), listen_from(family, server_port, 1));

	start_reads(client, pair.client);
	tell_port(client, pair.client);
	start_reads(server, pair.server);
	tell_port(server, pair.server);
}

static void tcp_listener(const char *kind, int port)
{
	int fd = listen_from(AF_INET, port, 1);

	start_accepts(kind, fd);
	tell_port(kind, fd);
}

static union address full_address;

static void in_connect(int fd)
{
	connect_to(fd, full_address);
}

/* The queue of a listener takes one more than it was asked for; the kernel does not answer the next one. */
static void tcp_connecting(const char *kind, int port)
{
	int fd = tcp_client_from(AF_INET, port);

	if (full_address.any.sa_family == 0) {
		full_address = own_address(listen_from(AF_INET, HIGH, 0));
		connect_to(make_socket(AF_INET, SOCK_STREAM, 0), full_address);
	}
	start(kind, "connect", in_connect, fd);
	tell_port(kind, fd);
}

static void udp(const char *kind, int family, int port)
{
	int fd = make_socket(family, SOCK_DGRAM, 0);

	bind_from(fd, family, port);
	start_reads(kind, fd);
	tell_port(kind, fd);
}

/* By the kernel, which gives five digits, and an abstract name. */
static void bind_automatically(int fd)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };

	if (bind(fd, (struct sockaddr *)&any, sizeof(sa_family_t)) != 0)
		err(1, "bind");
}

static struct sockaddr_un full_name;
static socklen_t full_name_bytes;

static void in_connect_unix(int fd)
{
	connect(fd, (struct sockaddr *)&full_name, full_name_bytes);
}

static void local(int type, const char *client_kind, const char *server_kind, const char *bound_kind)
{
	int listener = make_socket(AF_UNIX, type, 0), client = make_socket(AF_UNIX, type, 0);
	int bound = make_socket(AF_UNIX, type, 0);
	struct sockaddr_un name;
	socklen_t bytes = sizeof(name);

	bind_automatically(listener);
	if (listen(listener, 2) != 0 || getsockname(listener, (struct sockaddr *)&name, &bytes) != 0 ||
	    connect(client, (struct sockaddr *)&name, bytes) != 0)
		err(1, "a listener");
	start_reads(client_kind, client);
	start_reads(server_kind, accept(listener, NULL, NULL));
	bind_automatically(bound);
	if (connect(bound, (struct sockaddr *)&name, bytes) != 0)
		err(1, "connect");
	start_reads(bound_kind, bound);
}

static void local_listener(void)
{
	int listener = make_socket(AF_UNIX, SOCK_STREAM, 0), full = make_socket(AF_UNIX, SOCK_STREAM, 0);

	bind_automatically(listener);
	listen(listener, 1);
	start_accepts("unix_listener", listener);
	bind_automatically(full);
	full_name_bytes = sizeof(full_name);
	if (listen(full, 0) != 0 || getsockname(full, (struct sockaddr *)&full_name, &full_name_bytes) != 0)
		err(1, "a full listener");
	in_connect_unix(make_socket(AF_UNIX, SOCK_STREAM, 0));
	start("unix_connecting", "connect", in_connect_unix, make_socket(AF_UNIX, SOCK_STREAM, 0));
}

static void pairs(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		err(1, "socketpair");
	start_reads("unix_pair", fds[0]);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) != 0)
		err(1, "socketpair");
	start_reads("unix_dgram", fds[0]);
	if (pipe(fds) != 0)
		err(1, "pipe");
	start("pipe", "read", in_read, fds[0]);
	start("pipe", "readv", in_readv, fds[0]);
	start("eventfd", "read", in_read, eventfd(0, 0));
	start("netlink", "recvfrom", in_recvfrom, make_socket(AF_NETLINK, SOCK_RAW, 0));
}

int main(void)
{
	struct tcp_pair full;

	die_with_parent();
	tcp(AF_INET, "tcp_high", "tcp_low", HIGH, LOW);
	tcp(AF_INET, "tcp_low_client", "tcp_high_server", LOW, HIGH);
	tcp(AF_INET6, "tcp6_middle", "tcp6_low", MIDDLE, LOW);
	tcp_listener("listener_low", LOW);
	tcp_listener("listener_high", HIGH);
	tcp_connecting("connecting_high", HIGH);
	tcp_connecting("connecting_low", LOW);
	udp("udp_high", AF_INET, HIGH);
	udp("udp_middle", AF_INET, MIDDLE + 1);
	udp("udp6_low", AF_INET6, LOW);
	local(SOCK_STREAM, "unix_client", "unix_server", "unix_bound_client");
	local(SOCK_SEQPACKET, "seq_client", "seq_server", "seq_bound_client");
	local_listener();
	pairs();
	full = connect_pair(tcp_client_from(AF_INET, HIGH), listen_from(AF_INET, HIGH, 1));
	start("tcp_full", "sendto", in_sendto, full.client);
	ready_in_threads();
	wait_for_the_end();
}
