/*
 * A TCP socket in each state, and a thread for each that waits for a lock of the socket's file: that works in every
 * state. The threads have the names of their sockets' states in the ready line.
 */
#include "child-lock.h"
#include "in-threads.h"
#include "sockets.h"
#include <linux/filter.h>

static struct tcp_pair connection(void)
{
	int listener = listen_from(AF_INET, 0, 1);
	struct tcp_pair pair = connect_pair(make_socket(AF_INET, SOCK_STREAM, 0), listener);

	close(listener);
	return pair;
}

/* From now on it hears nothing. */
static void deafen(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &nothing };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
		err(1, "SO_ATTACH_FILTER");
}

static void finish(int fd)
{
	if (shutdown(fd, SHUT_WR) != 0)
		err(1, "shutdown");
}

static void wait_until(int fd, int state)
{
	struct tcp_info info = { 0 };
	socklen_t bytes = sizeof(info);

	while (info.tcpi_state != state) {
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0)
			err(1, "TCP_INFO");
		usleep(1000);
	}
}

static int listening(void)
{
	return listen_from(AF_INET, 0, 0);
}

/* The queue of a listener takes one more than it was asked for; the kernel does not answer the next one. */
static int syn_sent(void)
{
	union address full = own_address(listening());
	int fd = make_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	connect_to(make_socket(AF_INET, SOCK_STREAM, 0), full);
	if (connect(fd, &full.any, address_bytes(&full)) == 0 || errno != EINPROGRESS)
		errx(1, "connected");
	return fd;
}

static int established(void)
{
	return connection().client;
}

static int fin_wait_1(void)
{
	struct tcp_pair pair = connection();

	deafen(pair.server);
	finish(pair.client);
	return pair.client;
}

static int fin_wait_2(void)
{
	struct tcp_pair pair = connection();

	finish(pair.client);
	return pair.client;
}

static int close_wait(void)
{
	struct tcp_pair pair = connection();

	finish(pair.client);
	return pair.server;
}

static int last_ack(void)
{
	struct tcp_pair pair = connection();

	finish(pair.client);
	wait_until(pair.server, TCP_CLOSE_WAIT);
	deafen(pair.client);
	finish(pair.server);
	return pair.server;
}

/* Both have finished, and the peer has not heard it. */
static int closing(void)
{
	struct tcp_pair pair = connection();

	deafen(pair.server);
	finish(pair.client);
	finish(pair.server);
	return pair.client;
}

static int unconnected(void)
{
	return make_socket(AF_INET, SOCK_STREAM, 0);
}

/* Its connection goes on without it, in TIME-WAIT. */
static int after_all(void)
{
	struct tcp_pair pair = connection();

	finish(pair.client);
	wait_until(pair.server, TCP_CLOSE_WAIT);
	finish(pair.server);
	return pair.client;
}

static const struct {
	const char *name;
	int (*make)(void);
	int state;
} states[] = {
	{ "LISTEN", listening, TCP_LISTEN },	     { "SYN-SENT", syn_sent, TCP_SYN_SENT },
	{ "ESTAB", established, TCP_ESTABLISHED },   { "FIN-WAIT-1", fin_wait_1, TCP_FIN_WAIT1 },
	{ "FIN-WAIT-2", fin_wait_2, TCP_FIN_WAIT2 }, { "CLOSE-WAIT", close_wait, TCP_CLOSE_WAIT },
	{ "LAST-ACK", last_ack, TCP_LAST_ACK },	     { "CLOSING", closing, TCP_CLOSING },
	{ "UNCONN", unconnected, TCP_CLOSE },	     { "UNCONN_after_all", after_all, TCP_CLOSE },
};
#define STATES (sizeof(states) / sizeof(*states))

int main(void)
{
	int fds[STATES];

	die_with_parent();
	for (size_t i = 0; i < STATES; i++) {
		fds[i] = states[i].make();
		wait_until(fds[i], states[i].state);
	}
	lock_by_child(fds, STATES);
	for (size_t i = 0; i < STATES; i++)
		in_thread(states[i].name, in_fcntl, fds[i]);
	ready_in_threads();
	wait_for_the_end();
}
