/* Requests for io_uring, by the words in which a test asks for them. */
#ifndef RING_REQUESTS_H
#define RING_REQUESTS_H

#include "descriptors.h"
#include "ring.h"

#define READ_BYTES 4096
#define READ_OFFSET 8192
#define BUFFER_INDEX 1
#define FILE_INDEX 2
#define BUFFER_GROUP 7
#define ACCEPTED 3

static char buffers[4][READ_BYTES] __attribute__((aligned(READ_BYTES)));
/* Events of what completes at once. */
static unsigned int expected;

static inline struct io_uring_sqe *transfer(struct ring *ring, int opcode, int fd)
{
	struct io_uring_sqe *entry = next_entry(ring, opcode, fd);

	entry->addr = (uintptr_t)buffers[0];
	entry->len = READ_BYTES;
	return entry;
}

static inline struct io_uring_sqe *read_file(struct ring *ring, int opcode, const char *path, int flags)
{
	int fd = open(path, O_RDONLY | flags);
	struct io_uring_sqe *entry = transfer(ring, opcode, fd);

	if (fd < 0)
		err(1, "%s", path);
	entry->off = READ_OFFSET;
	return entry;
}

static inline struct io_uring_sqe *read_fixed(struct ring *ring, const char *path)
{
	struct iovec vectors[] = { { buffers[2], READ_BYTES }, { buffers[1], READ_BYTES } };
	struct io_uring_sqe *entry = read_file(ring, IORING_OP_READ_FIXED, path, O_DIRECT);

	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_BUFFERS, vectors, 2) != 0)
		cannot(errno);
	entry->addr = (uintptr_t)buffers[1];
	entry->buf_index = BUFFER_INDEX;
	return entry;
}

/* The same request by the index of a registered file in place of the descriptor. */
static inline struct io_uring_sqe *registered(const struct ring *ring, struct io_uring_sqe *entry)
{
	int files[] = { -1, -1, entry->fd };

	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, files, 3) != 0)
		cannot(errno);
	entry->fd = FILE_INDEX;
	entry->flags = IOSQE_FIXED_FILE;
	return entry;
}

static inline struct io_uring_sqe *receive_message(struct ring *ring)
{
	static struct iovec vector = { buffers[0], READ_BYTES };
	static struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	struct io_uring_sqe *entry = next_entry(ring, IORING_OP_RECVMSG, tcp_pair(0).client);

	entry->addr = (uintptr_t)&message;
	entry->len = 1;
	return entry;
}

/* One accept for all connections, some of which have come already. */
static inline struct io_uring_sqe *accept_many(struct ring *ring)
{
	int listener = tcp_listener(0);
	struct io_uring_sqe *entry = next_entry(ring, IORING_OP_ACCEPT, listener);

	for (int i = 0; i < ACCEPTED; i++)
		tcp_client_of(listener);
	entry->ioprio = IORING_ACCEPT_MULTISHOT;
	expected += ACCEPTED;
	return entry;
}

/* One receive for all that comes, some of which has come already. */
static inline struct io_uring_sqe *recv_many(struct ring *ring)
{
	struct io_uring_sqe *entry = next_entry(ring, IORING_OP_PROVIDE_BUFFERS, 4);

	entry->addr = (uintptr_t)buffers;
	entry->len = READ_BYTES;
	entry->buf_group = BUFFER_GROUP;
	submit_entry(ring);
	expected += 2;
	entry = next_entry(ring, IORING_OP_RECV, readable_client());
	entry->ioprio = IORING_RECV_MULTISHOT;
	entry->flags = IOSQE_BUFFER_SELECT;
	entry->buf_group = BUFFER_GROUP;
	return entry;
}

static inline struct io_uring_sqe *timeout(struct ring *ring)
{
	static struct {
		int64_t tv_sec, tv_nsec;
	} long_time = { .tv_sec = 100000 };
	struct io_uring_sqe *entry = next_entry(ring, IORING_OP_TIMEOUT, -1);

	entry->addr = (uintptr_t)&long_time;
	entry->len = 1;
	return entry;
}

/* A request that ends at once, without leaving an event. */
static inline struct io_uring_sqe *silent(struct ring *ring)
{
	struct io_uring_sqe *entry = next_entry(ring, IORING_OP_NOP, -1);

	entry->flags = IOSQE_CQE_SKIP_SUCCESS;
	return entry;
}

static inline struct io_uring_sqe *nop(struct ring *ring)
{
	expected++;
	return next_entry(ring, IORING_OP_NOP, -1);
}

/* Another ring puts an event into this one, for which nothing was submitted here. */
static inline void take_message(const struct ring *ring)
{
	struct ring other = make_ring(0);
	struct io_uring_sqe *entry = next_entry(&other, IORING_OP_MSG_RING, ring->fd);

	entry->len = 1;
	submit_entry(&other);
	await_completions(&other, 1);
	expected++;
}

static inline struct io_uring_sqe *poll_add(struct ring *ring)
{
	struct io_uring_sqe *entry = next_entry(ring, IORING_OP_POLL_ADD, tcp_pair(0).client);

	entry->poll32_events = POLLIN;
	return entry;
}

/* From an empty pipe: nothing that the kernel can be told of by a poll, so that a worker sits in it. */
static inline struct io_uring_sqe *splice_pipes(struct ring *ring)
{
	struct io_uring_sqe *entry;
	int to[2];

	if (pipe(to) != 0)
		err(1, "pipe");
	entry = next_entry(ring, IORING_OP_SPLICE, to[1]);
	entry->splice_fd_in = empty_pipe();
	entry->splice_off_in = entry->off = -1;
	entry->len = READ_BYTES;
	return entry;
}

static inline struct io_uring_sqe *request(struct ring *ring, const char *word, const char *value)
{
	if (!strcmp(word, "read"))
		return transfer(ring, IORING_OP_READ, empty_pipe());
	if (!strcmp(word, "file"))
		return read_file(ring, IORING_OP_READ, value, O_DIRECT);
	if (!strcmp(word, "cached"))
		return read_file(ring, IORING_OP_READ, value, 0);
	if (!strcmp(word, "fixed"))
		return read_fixed(ring, value);
	if (!strcmp(word, "registered-file"))
		return registered(ring, read_file(ring, IORING_OP_READ, value, O_DIRECT));
	if (!strcmp(word, "recv"))
		return transfer(ring, IORING_OP_RECV, tcp_pair(0).client);
	if (!strcmp(word, "read-client"))
		return transfer(ring, IORING_OP_READ, tcp_pair(0).client);
	if (!strcmp(word, "send"))
		return transfer(ring, IORING_OP_SEND, filled_client());
	if (!strcmp(word, "recvmsg"))
		return receive_message(ring);
	if (!strcmp(word, "registered-recv"))
		return registered(ring, transfer(ring, IORING_OP_RECV, tcp_pair(0).client));
	if (!strcmp(word, "recv-server"))
		return transfer(ring, IORING_OP_RECV, tcp_pair(atoi(value)).server);
	if (!strcmp(word, "recv-udp"))
		return transfer(ring, IORING_OP_RECV, bound_socket(SOCK_DGRAM, 0));
	if (!strcmp(word, "recv-unix"))
		return transfer(ring, IORING_OP_RECV, unix_pair());
	if (!strcmp(word, "recv-many"))
		return recv_many(ring);
	if (!strcmp(word, "accept"))
		return next_entry(ring, IORING_OP_ACCEPT, tcp_listener(0));
	if (!strcmp(word, "accept-many"))
		return accept_many(ring);
	if (!strcmp(word, "poll"))
		return poll_add(ring);
	if (!strcmp(word, "splice"))
		return splice_pipes(ring);
	if (!strcmp(word, "timeout"))
		return timeout(ring);
	if (!strcmp(word, "silent"))
		return silent(ring);
	if (!strcmp(word, "done"))
		return nop(ring);
	errx(1, "no '%s'", word);
}

#endif
