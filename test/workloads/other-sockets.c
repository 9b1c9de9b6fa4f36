/*
 * Sockets that are neither TCP nor UNIX, in a network namespace of their own, and a thread that waits on each. What the
 * kernel does not have is left out.
 */
#include "in-threads.h"
#include "sockets.h"
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <sys/ioctl.h>

/* IEEE 802 Local Experimental Ethertype 1: nobody sends it. */
#define QUIET_ETHERTYPE 0x88b5
#define VSOCK_PORT 1070

static char scratch[256];

static void in_recvfrom(int fd)
{
	recv(fd, scratch, sizeof(scratch), 0);
}

static void in_accept(int fd)
{
	accept(fd, NULL, NULL);
}

static void make_network(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) != 0)
		err(1, "network namespace");
	if (ioctl(make_socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &loopback) != 0)
		err(1, "lo");
	/* Sockets of ping for our group. */
	fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY);
	if (fd < 0 || write(fd, "0 0", 3) != 3)
		err(1, "ping_group_range");
}

static union address address_of(const char *text, int port)
{
	union address address = { 0 };

	if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
	} else {
		inet_pton(AF_INET6, text, &address.v6.sin6_addr);
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(port);
	}
	return address;
}

/* Bound to the first address, connected to the second: either may be missing. */
static int internet(int type, int protocol, const char *own, int port, const char *peer, int peer_port)
{
	union address local = address_of(own ?: peer, port);
	int family = local.any.sa_family, fd = make_socket(family, type, protocol);

	if (family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	if (own && bind(fd, &local.any, address_bytes(&local)) != 0)
		err(1, "bind to %s", own);
	if (peer)
		connect_to(fd, address_of(peer, peer_port));
	return fd;
}

static void udp(void)
{
#define UDP(name, ...) in_thread(name, in_recvfrom, internet(SOCK_DGRAM, 0, __VA_ARGS__))
	UDP("udp_bound", "127.0.0.1", 1053, NULL, 0);
	UDP("udp_connected", "127.0.0.1", 1054, "127.0.0.1", 1053);
	UDP("udp_any", "0.0.0.0", 1055, NULL, 0);
	UDP("udp6_bound", "::1", 1056, NULL, 0);
	UDP("udp6_connected", "::1", 1057, "::1", 1056);
	UDP("udp6_any", "::", 1058, NULL, 0);
	UDP("udp6_long", "2001:db8:0:0:1:0:0:1", 1059, NULL, 0);
	UDP("udp_mapped", "::ffff:127.0.0.1", 1060, "::ffff:127.0.0.1", 1053);
	in_thread("udp_unbound", in_recvfrom, make_socket(AF_INET, SOCK_DGRAM, 0));
}

static void raw(void)
{
#define RAW(name, ...) in_thread(name, in_recvfrom, internet(SOCK_RAW, __VA_ARGS__))
	RAW("raw_any", IPPROTO_ICMP, "0.0.0.0", 0, NULL, 0);
	RAW("raw_bound", IPPROTO_ICMP, "127.0.0.2", 0, NULL, 0);
	RAW("raw6_any", IPPROTO_ICMPV6, "::", 0, NULL, 0);
	in_thread("ping", in_recvfrom, internet(SOCK_DGRAM, IPPROTO_ICMP, "127.0.0.1", 1061, NULL, 0));
}

static void netlink(void)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_pid = 4711 };
	int fd = make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0)
		err(1, "bind of netlink");
	in_thread("netlink", in_recvfrom, fd);
}

static void packets(void)
{
	struct sockaddr_ll own = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(QUIET_ETHERTYPE),
				   .sll_ifindex = if_nametoindex("lo") };
	int fd = make_socket(AF_PACKET, SOCK_RAW, 0);

	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0)
		err(1, "bind of packets");
	in_thread("packet", in_recvfrom, fd);
}

static void vsock(void)
{
	struct sockaddr_vm own = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VSOCK_PORT };
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0 && listen(fd, 1) == 0)
		in_thread("vsock", in_accept, fd);
}

/* Looks like TCP from outside, and is another kind of socket in the kernel. */
static void mptcp(void)
{
	union address address = loopback(AF_INET, 1062);
	int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), client, server;

	if (listener < 0 || bind(listener, &address.any, address_bytes(&address)) != 0 || listen(listener, 2) != 0)
		return;
	client = make_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	address = loopback(AF_INET, 1063);
	if (bind(client, &address.any, address_bytes(&address)) != 0)
		err(1, "bind");
	connect_to(client, own_address(listener));
	server = accept(listener, NULL, NULL);
	send_all(client, scratch, sizeof(scratch));
	receive_all(server, scratch, sizeof(scratch));
	in_thread("mptcp", in_recvfrom, client);
	in_thread("mptcp_listener", in_accept, listener);
}

int main(void)
{
	die_with_parent();
	make_network();
	udp();
	raw();
	netlink();
	packets();
	vsock();
	mptcp();
	ready_in_threads();
	wait_for_the_end();
}
