/*
 * UNIX sockets, and a thread that waits on each. The other side was connected, or listens, by a process of its own; the
 * ready line tells its inode and process of each thread: NAME.peer_inode, NAME.peer_pid, where there are any.
 *
 *   unix-sockets HEX   name of one socket, in hex. The others are made in the current directory
 */
#include "hex.h"
#include "in-threads.h"
#include <stddef.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define OWNER 4321

static char scratch[64];

static void in_recvfrom(int fd)
{
	recv(fd, scratch, sizeof(scratch), 0);
}

static void in_accept(int fd)
{
	accept(fd, NULL, NULL);
}

struct name {
	struct sockaddr_un address;
	socklen_t bytes;
};

/*
 * Of so many bytes: without a zero byte at the end where they are as many as it can have; with one at the start:
 * abstract.
 */
static struct name name_of_bytes(const char *bytes, size_t count)
{
	struct name name = { .address.sun_family = AF_UNIX };

	if (count > sizeof(name.address.sun_path))
		errx(1, "a name of %zu bytes", count);
	memcpy(name.address.sun_path, bytes, count);
	name.bytes = offsetof(struct sockaddr_un, sun_path) + count;
	return name;
}

static struct name path(const char *text)
{
	return name_of_bytes(text, strlen(text) + 1);
}

static struct name abstract_name(const char *end, size_t count)
{
	char bytes[sizeof(((struct sockaddr_un *)0)->sun_path)] = "";

	memcpy(bytes + 1, end, count);
	return name_of_bytes(bytes, count + 1);
}

static int make(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static int bound(int type, const struct name *name)
{
	int fd = make(type);

	if (bind(fd, (const struct sockaddr *)&name->address, name->bytes) != 0)
		err(1, "bind");
	return fd;
}

static void connect_to(int fd, const struct name *name)
{
	if (connect(fd, (const struct sockaddr *)&name->address, name->bytes) != 0)
		err(1, "connect");
}

static int accept_from(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		err(1, "accept");
	return fd;
}

/* Runs in a process of its own: whoever listens or connects is the peer that the other side sees. */
static pid_t elsewhere(int fd, const struct name *name)
{
	int done[2];
	char byte = 0;
	pid_t pid;

	if (pipe(done) != 0)
		err(1, "pipe");
	pid = fork_child();
	if (pid == 0) {
		if (name)
			connect_to(fd, name);
		else if (listen(fd, 1) != 0)
			err(1, "listen");
		if (write(done[1], &byte, 1) != 1)
			err(1, "pipe");
		wait_for_the_end();
	}
	close(done[1]);
	if (read(done[0], &byte, 1) != 1)
		errx(1, "the other process is not ready");
	close(done[0]);
	return pid;
}

static void tell_peer(const char *name, int fd, pid_t pid)
{
	struct stat file;

	if (fstat(fd, &file) != 0)
		err(1, "fstat");
	in_thread_fact(name, "peer_inode", file.st_ino);
	if (pid)
		in_thread_fact(name, "peer_pid", pid);
}

/* A thread on the side that connects, and one on the side that accepts. */
static void both_sides(const char *client_name, const char *server_name, int type, struct name name)
{
	int listener = bound(type, &name), client = make(type), accepted;
	pid_t pid = elsewhere(listener, NULL);

	connect_to(client, &name);
	accepted = accept_from(listener);
	in_thread(client_name, in_recvfrom, client);
	tell_peer(client_name, accepted, pid);

	client = make(type);
	pid = elsewhere(client, &name);
	accepted = accept_from(listener);
	in_thread(server_name, in_recvfrom, accepted);
	tell_peer(server_name, client, pid);
}

/* Both ends know the process that has made them: ours. */
static void pair(const char *name, int type)
{
	int fds[2];

	if (socketpair(AF_UNIX, type, 0, fds) != 0)
		err(1, "socketpair");
	in_thread(name, in_recvfrom, fds[0]);
	tell_peer(name, fds[1], getpid());
}

static void datagrams(void)
{
	struct name name = path("dgram"), own = path("dgram_own");
	int server = bound(SOCK_DGRAM, &name), client = make(SOCK_DGRAM), both = bound(SOCK_DGRAM, &own);

	in_thread("dgram_bound", in_recvfrom, server);
	connect_to(client, &name);
	in_thread("dgram_connected", in_recvfrom, client);
	tell_peer("dgram_connected", server, 0);
	connect_to(both, &name);
	in_thread("dgram_own", in_recvfrom, both);
	tell_peer("dgram_own", server, 0);
	in_thread("dgram_alone", in_recvfrom, make(SOCK_DGRAM));
}

static void listeners(void)
{
	struct name names[] = { path("listener"), abstract_name("xcapture listener", 17) };

	for (int i = 0; i < 2; i++) {
		int fd = bound(SOCK_STREAM, &names[i]);

		if (listen(fd, 1) != 0)
			err(1, "listen");
		in_thread(i == 0 ? "listener" : "abstract_listener", in_accept, fd);
	}
}

/* A socket belongs to the user that its maker's file system calls have. */
static void of_a_user(void)
{
	int fd;

	setfsuid(OWNER);
	fd = make(SOCK_DGRAM);
	setfsuid(0);
	in_thread("dgram_of_user", in_recvfrom, fd);
}

int main(int argc, char **argv)
{
	char longest[sizeof(((struct sockaddr_un *)0)->sun_path)];

	die_with_parent();
	if (argc != 2)
		errx(2, "usage: unix-sockets HEX");
	memset(longest, 'n', sizeof(longest));
	both_sides("stream_client", "stream_server", SOCK_STREAM, path("stream"));
	both_sides("seq_client", "seq_server", SOCK_SEQPACKET, path("seq"));
	both_sides("abstract_client", "abstract_server", SOCK_STREAM, abstract_name("xcapture test", 13));
	both_sides("zeros_client", "zeros_server", SOCK_STREAM, abstract_name("a\0b\0", 4));
	both_sides("longest_client", "longest_server", SOCK_STREAM, name_of_bytes(longest, sizeof(longest)));
	both_sides("longest_abstract_client", "longest_abstract_server", SOCK_STREAM,
		   abstract_name(longest, sizeof(longest) - 1));
	both_sides("odd_client", "odd_server", SOCK_STREAM, path(from_hex(argv[1])));
	pair("stream_pair", SOCK_STREAM);
	pair("seq_pair", SOCK_SEQPACKET);
	pair("dgram_pair", SOCK_DGRAM);
	datagrams();
	listeners();
	of_a_user();
	ready_in_threads();
	wait_for_the_end();
}
