/*
 * TCP connections over the loopback device that have seen traffic in both directions, and a thread that waits on each
 * of them. Names in the ready line begin with the call.
 */
#include "in-threads.h"
#include "sockets.h"
#include <linux/filter.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

/* The test knows these, too. A set of select(2) ends at 1,024. */
#define HIGH_FD 5000
#define POLL_FD 5001
#define PPOLL_FD 5002
#define PSELECT6_FD 1000
#define EPOLL_PWAIT_FD 5003
#define SEGMENT 1000
#define ROUNDS 50
#define UNREAD (3 * SEGMENT)
/* What the filter drops begins with this. */
#define DROPPED 'X'

static char scratch[1 << 20];

static void in_recvfrom(int fd)
{
	recv(fd, scratch, SEGMENT, 0);
}

/* More than there is, which all stays in the queue. */
static void in_recvfrom_unread(int fd)
{
	recv(fd, scratch, 2 * UNREAD, MSG_PEEK | MSG_WAITALL);
}

static void in_sendto(int fd)
{
	send(fd, scratch, sizeof(scratch), 0);
}

static void in_accept(int fd)
{
	accept(fd, NULL, NULL);
}

static void in_poll(int fd)
{
	struct pollfd fds[] = { { .fd = -1 }, { .fd = fd, .events = POLLIN } };

	poll(fds, 2, -1);
}

static void in_ppoll(int fd)
{
	struct pollfd fds[] = { { .fd = -1 }, { .fd = fd, .events = POLLIN } };

	ppoll(fds, 2, NULL, NULL);
}

static void in_pselect6(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	pselect(fd + 1, &set, NULL, NULL, NULL, NULL);
}

static void in_epoll_pwait(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	syscall(SYS_epoll_pwait, epoll, &event, 1, -1, NULL, 8);
}

/* Both ends as a healthy connection has them, whatever the machine's own congestion control is. */
static struct tcp_pair connection(int family, int mapped)
{
	int listener = listen_from(family, 0, 1), client = make_socket(mapped ? AF_INET6 : family, SOCK_STREAM, 0);
	struct tcp_pair pair = { .client = client };

	set_option(client, IPPROTO_TCP, TCP_MAXSEG, SEGMENT + 12);
	set_option(client, IPPROTO_TCP, TCP_NODELAY, 1);
	if (setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) != 0)
		err(1, "reno");
	if (mapped) {
		union address to = { .v6 = { .sin6_family = AF_INET6,
					     .sin6_port = own_address(listener).v4.sin_port } };

		inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.v6.sin6_addr);
		connect_to(client, to);
		pair.server = accept(listener, NULL, NULL);
	} else {
		pair = connect_pair(client, listener);
	}
	close(listener);
	for (int i = 0; i < ROUNDS; i++) {
		send_all(pair.client, scratch, SEGMENT);
		receive_all(pair.server, scratch, SEGMENT);
		send_all(pair.server, scratch, 2 * SEGMENT);
		receive_all(pair.client, scratch, 2 * SEGMENT);
	}
	return pair;
}

/* Drops what begins with DROPPED, or everything, before TCP has seen it. Data of the packet begin with TCP's header. */
static void drop(int fd, int everything)
{
	struct sock_filter some[] = {
		/* Four times the upper half of byte 12: the length of the header, whose options vary. */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3c),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DROPPED, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog program = { sizeof(some) / sizeof(*some), some };

	if (everything)
		program = (struct sock_fprog){ 1, all };
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
		err(1, "SO_ATTACH_FILTER");
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info;
	socklen_t bytes = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0)
		err(1, "TCP_INFO");
	return info;
}

/* One segment is dropped each time it is sent; those after it come. */
static int with_a_hole(void)
{
	struct tcp_pair pair = connection(AF_INET, 0);

	drop(pair.server, 0);
	scratch[0] = DROPPED;
	send_all(pair.client, scratch, SEGMENT);
	scratch[0] = 0;
	for (int i = 0; i < 5; i++)
		send_all(pair.client, scratch, SEGMENT);
	return pair.client;
}

/* Everything was dropped until it was sent again. */
static int after_a_loss(void)
{
	struct tcp_pair pair = connection(AF_INET, 0);

	drop(pair.server, 1);
	for (int i = 0; i < 3; i++)
		send_all(pair.client, scratch, SEGMENT);
	while (info_of(pair.client).tcpi_retransmits == 0)
		usleep(1000);
	set_option(pair.server, SOL_SOCKET, SO_DETACH_FILTER, 0);
	receive_all(pair.server, scratch, 3 * SEGMENT);
	while (info_of(pair.client).tcpi_unacked > 0)
		usleep(1000);
	return pair.client;
}

static int cut_off(void)
{
	struct tcp_pair pair = connection(AF_INET, 0);

	drop(pair.server, 1);
	return pair.client;
}

/* What the server has sent stays in the queue. */
static int with_unread_data(void)
{
	struct tcp_pair pair = connection(AF_INET, 0);

	send_all(pair.server, scratch, UNREAD);
	return pair.client;
}

static int connecting(void)
{
	int listener = listen_from(AF_INET, 0, 0);

	/* The queue of a listener takes one more than it was asked for; the kernel answers nobody else. */
	connect_to(make_socket(AF_INET, SOCK_STREAM, 0), own_address(listener));
	return listener;
}

static void in_connect(int listener)
{
	int fd = make_socket(AF_INET, SOCK_STREAM, 0);

	connect_to(fd, own_address(listener));
}

static int listener_on_any(int family)
{
	union address any = { .any.sa_family = family };
	int fd = make_socket(family, SOCK_STREAM, 0);

	if (bind(fd, &any.any, address_bytes(&any)) != 0 || listen(fd, 7) != 0)
		err(1, "listen");
	return fd;
}

int main(void)
{
	die_with_parent();
	in_thread("recvfrom_v4", in_recvfrom, move_fd(connection(AF_INET, 0).client, HIGH_FD));
	in_thread("recvfrom_v6", in_recvfrom, connection(AF_INET6, 0).client);
	in_thread("recvfrom_mapped", in_recvfrom, connection(AF_INET, 1).client);
	in_thread("recvfrom_server", in_recvfrom, connection(AF_INET, 0).server);
	in_thread("recvfrom_unread", in_recvfrom_unread, with_unread_data());
	in_thread("recvfrom_hole", in_recvfrom, with_a_hole());
	in_thread("recvfrom_after_loss", in_recvfrom, after_a_loss());
	in_thread("sendto_full", in_sendto, connection(AF_INET, 0).client);
	in_thread("sendto_cut_off", in_sendto, cut_off());
	in_thread("sendto_unread", in_sendto, with_unread_data());
	in_thread("ppoll", in_ppoll, move_fd(connection(AF_INET, 0).client, PPOLL_FD));
	in_thread("pselect6", in_pselect6, move_fd(connection(AF_INET, 0).client, PSELECT6_FD));
	in_thread("epoll_pwait", in_epoll_pwait, move_fd(connection(AF_INET, 0).client, EPOLL_PWAIT_FD));
#ifdef SYS_poll
	in_thread("poll", in_poll, move_fd(connection(AF_INET, 0).client, POLL_FD));
#else
	(void)in_poll;
#endif
	in_thread("connect", in_connect, connecting());
	in_thread("accept_v4", in_accept, listener_on_any(AF_INET));
	in_thread("accept_v6", in_accept, listener_on_any(AF_INET6));
	in_thread("accept_loopback", in_accept, listen_from(AF_INET6, 0, 3));
	ready_in_threads();
	wait_for_the_end();
}
