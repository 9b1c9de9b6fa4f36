/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Sockets: the parts of a row for one, and the verdict of the idle rules on it. Sockets are addresses here. */
#ifndef XCAP_SOCKET_BPF_H
#define XCAP_SOCKET_BPF_H

#include <bpf/bpf_endian.h>
#include "config.gen.h"
#include "kernel/files.bpf.h"
#include "record.gen.h"

/* sizeof(struct sockaddr_un): the family, then the name. */
#define XCAP_UNIX_NAME_BYTES 108

XCAP_STATIC struct xcap_socket xcap_socket_row;
XCAP_STATIC struct xcap_tcp xcap_tcp_row;
XCAP_STATIC struct {
	struct xcap_unix unix;
	char name[XCAP_UNIX_NAME_BYTES + 8];
} xcap_unix_row;

static __always_inline u64 xcap_socket_inode(u64 socket)
{
	return socket ? xcap_get(struct inode, xcap_at(struct socket_alloc, socket, vfs_inode), i_ino) : 0;
}

/*
 * Kinds of sockets by their operations, which family and protocol decide: it spares two cache lines of each socket in a
 * large set. The last one that comes has the slot.
 */
#define XCAP_KNOWN_SOCKETS 16
XCAP_STATIC struct {
	u64 ops;
	bool counts; /* TCP or UDP */
} xcap_known_sockets[XCAP_KNOWN_SOCKETS];

static __always_inline bool xcap_is_tcp_or_udp(u64 sk)
{
	u16 family = xcap_get(struct sock, sk, __sk_common.skc_family), protocol;

	if (family != AF_INET && family != AF_INET6)
		return false;
	protocol = xcap_get(struct sock, sk, sk_protocol);
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_MPTCP ||
	       protocol == IPPROTO_UDPLITE;
}

/* The struct sock of a TCP or UDP socket; 0 for any other. */
static __always_inline u64 xcap_tcp_or_udp(u64 socket)
{
	u64 ops = xcap_number(xcap_get(struct socket, socket, ops));
	u32 slot = ops / 64 % XCAP_KNOWN_SOCKETS;

	if (xcap_known_sockets[slot].ops != ops) {
		xcap_known_sockets[slot].ops = ops;
		xcap_known_sockets[slot].counts = xcap_is_tcp_or_udp((u64)xcap_get(struct socket, socket, sk));
	}
	return xcap_known_sockets[slot].counts ? (u64)xcap_get(struct socket, socket, sk) : 0;
}

/*
 * The verdict on a TCP or UDP socket that is read or waited for: the port decides which side of the connection it is.
 */
static __always_inline enum xcap_reason xcap_inet_verdict(u64 sk)
{
	if (xcap_get(struct sock, sk, __sk_common.skc_state) == TCP_LISTEN)
		return XCAP_REASON_LISTEN;
	if (xcap_get(struct sock, sk, __sk_common.skc_num) <= xcap_daemon_ports)
		return XCAP_REASON_DAEMON_PORT;
	return XCAP_REASON_CLIENT;
}

/* The verdict on a socket that is read directly. */
static __always_inline enum xcap_reason xcap_socket_verdict(u64 sk)
{
	u16 type = xcap_get(struct sock, sk, sk_type);

	if (type == SOCK_STREAM || type == SOCK_SEQPACKET) {
		if (xcap_get(struct sock, sk, __sk_common.skc_state) == TCP_LISTEN)
			return XCAP_REASON_LISTEN;
		if (xcap_get(struct sock, sk, __sk_common.skc_family) == AF_UNIX)
			return xcap_get(struct unix_sock, sk, addr) ? XCAP_REASON_UNIX_SERVER : XCAP_REASON_UNIX_CLIENT;
	}
	return xcap_is_tcp_or_udp(sk) ? xcap_inet_verdict(sk) : XCAP_REASON_SLEEP;
}

/* The verdict on a file that is read directly. */
__noinline int xcap_read_verdict(u64 file)
{
	u64 sk = file ? xcap_sock_of(file) : 0;

	return sk ? xcap_socket_verdict(sk) : XCAP_REASON_SLEEP;
}

static __always_inline void xcap_read_address(u64 sk, struct xcap_socket *row)
{
	row->local_port = xcap_get(struct sock, sk, __sk_common.skc_num);
	row->remote_port = bpf_ntohs(xcap_get(struct sock, sk, __sk_common.skc_dport));
	if (row->family == AF_INET) {
		*(u32 *)row->local = xcap_get(struct sock, sk, __sk_common.skc_rcv_saddr);
		*(u32 *)row->remote = xcap_get(struct sock, sk, __sk_common.skc_daddr);
	} else {
		bpf_core_read(row->local, sizeof(row->local), &((struct sock *)sk)->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(row->remote, sizeof(row->remote), &((struct sock *)sk)->__sk_common.skc_v6_daddr);
	}
}

static __always_inline void xcap_read_socket(u64 sk)
{
	struct xcap_socket *row = &xcap_socket_row;

	__builtin_memset(row, 0, sizeof(*row));
	row->inode = xcap_socket_inode((u64)xcap_get(struct sock, sk, sk_socket));
	row->family = xcap_get(struct sock, sk, __sk_common.skc_family);
	row->type = xcap_get(struct sock, sk, sk_type);
	row->protocol = xcap_get(struct sock, sk, sk_protocol);
	row->state = xcap_get(struct sock, sk, __sk_common.skc_state);
	switch (row->family) {
	case AF_INET:
	case AF_INET6:
		xcap_read_address(sk, row);
		break;
	case AF_NETLINK:
		row->id = xcap_get(struct netlink_sock, sk, portid);
		break;
	case AF_PACKET:
		if (bpf_core_type_exists(struct packet_sock)) {
			u16 protocol;

			bpf_core_read(&row->id, sizeof(row->id), &((struct packet_sock *)sk)->ifindex);
			bpf_core_read(&protocol, sizeof(protocol), &((struct packet_sock *)sk)->num);
			row->protocol = bpf_ntohs(protocol);
		}
		break;
	}
}

/* Is it a TCP socket with a connection, or the remains of one? */
static __always_inline bool xcap_is_tcp(const struct xcap_socket *row)
{
	return (row->family == AF_INET || row->family == AF_INET6) && row->type == SOCK_STREAM &&
	       row->protocol == IPPROTO_TCP && row->state != TCP_LISTEN;
}

/* include/linux/tcp.h: the kernel keeps srtt in eighths and mdev in quarters of a microsecond. */
static __always_inline void xcap_read_tcp(u64 sk)
{
	struct xcap_tcp *row = &xcap_tcp_row;

	row->cwnd = xcap_get(struct tcp_sock, sk, snd_cwnd);
	row->ssthresh = xcap_get(struct tcp_sock, sk, snd_ssthresh);
	row->ca_state = xcap_get_bits(struct inet_connection_sock, sk, icsk_ca_state);
	row->srtt_us = xcap_get(struct tcp_sock, sk, srtt_us) >> 3;
	row->mdev_us = xcap_get(struct tcp_sock, sk, mdev_us) >> 2;
	row->rtt_min_us = xcap_get(struct tcp_sock, sk, rtt_min.s[0].v);
	row->rcv_wnd = xcap_get(struct tcp_sock, sk, rcv_wnd);
	row->snd_wnd = xcap_get(struct tcp_sock, sk, snd_wnd);
	row->packets_out = xcap_get(struct tcp_sock, sk, packets_out);
	row->retrans_out = xcap_get(struct tcp_sock, sk, retrans_out);
	row->total_retrans = xcap_get(struct tcp_sock, sk, total_retrans);
	row->lost_out = xcap_get(struct tcp_sock, sk, lost_out);
	row->sacked_out = xcap_get(struct tcp_sock, sk, sacked_out);
	row->reordering = xcap_get(struct tcp_sock, sk, reordering);
	row->bytes_in_flight = xcap_get(struct tcp_sock, sk, snd_nxt) - xcap_get(struct tcp_sock, sk, snd_una);
	row->bytes_unread = xcap_get(struct tcp_sock, sk, rcv_nxt) - xcap_get(struct tcp_sock, sk, copied_seq);
	row->retransmits = xcap_get(struct inet_connection_sock, sk, icsk_retransmits);
	row->cwnd_limited = xcap_get_bits(struct tcp_sock, sk, is_cwnd_limited);
	row->reord_seen = xcap_get(struct tcp_sock, sk, reord_seen);
	row->bytes_sent = xcap_get(struct tcp_sock, sk, bytes_sent);
	row->bytes_acked = xcap_get(struct tcp_sock, sk, bytes_acked);
	row->bytes_received = xcap_get(struct tcp_sock, sk, bytes_received);
	row->delivered = xcap_get(struct tcp_sock, sk, delivered);
	row->delivered_ce = xcap_get(struct tcp_sock, sk, delivered_ce);
}

/* Stores the name of a UNIX socket, if it has one. */
static __always_inline bool xcap_read_unix_name(u64 sk)
{
	u64 address = (u64)xcap_get(struct unix_sock, sk, addr);
	u32 len;

	if (!address)
		return false;
	len = xcap_get(struct unix_address, address, len);
	/* The family comes first. */
	if (len <= 2)
		return false;
	len -= 2;
	if (len > XCAP_UNIX_NAME_BYTES)
		len = XCAP_UNIX_NAME_BYTES;
	bpf_probe_read_kernel(xcap_unix_row.name, len, (void *)xcap_at(struct unix_address, address, name) + 2);
	xcap_unix_row.unix.name_bytes = len;
	xcap_unix_row.unix.name_flags = XCAP_UNIX_NAME_PRESENT | (xcap_unix_row.name[0] ? 0 : XCAP_UNIX_NAME_ABSTRACT);
	return true;
}

static __always_inline void xcap_read_unix(u64 sk)
{
	struct xcap_unix *row = &xcap_unix_row.unix;
	u64 peer = (u64)xcap_get(struct unix_sock, sk, peer);
	/* A listener keeps its own there, for those who connect. */
	u64 pid = xcap_socket_row.state == TCP_LISTEN ? 0 : (u64)xcap_get(struct sock, sk, sk_peer_pid);

	row->inode = xcap_socket_row.inode;
	row->peer_inode = peer ? xcap_socket_inode((u64)xcap_get(struct sock, peer, sk_socket)) : 0;
	row->peer_pid = pid ? xcap_get(struct pid, pid, numbers[0].nr) : 0;
	row->owner_uid = xcap_get(struct sock, sk, sk_uid.val);
	row->name_bytes = 0;
	row->name_flags = 0;
	if (xcap_read_unix_name(sk))
		row->name_flags |= XCAP_UNIX_NAME_OWN;
	else if (peer)
		xcap_read_unix_name(peer);
}

#endif
