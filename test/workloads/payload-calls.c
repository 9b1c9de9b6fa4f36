/*
 * Threads that read and write, over and over, each by another system call, and all of them a text of their own: the
 * call's name and a colon, again and again. Vectors cut it into pieces, some of them empty. What is received is what
 * the thread of the sending call has sent; eight messages at once are a hundred digits each, the first ones zero.
 * On x86_64 some do it by calls of i386.
 */
#include "in-threads.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define TEXT_BYTES (1 << 20)
#define DATAGRAM_BYTES 4000
#define MESSAGES 8
#define MESSAGE_BYTES 100

static char *text_of(const char *name, int flags)
{
	char *text = mmap(NULL, TEXT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	size_t length = strlen(name);

	if (text == MAP_FAILED)
		err(1, "mmap");
	for (size_t i = 0; i < TEXT_BYTES; i++)
		text[i] = i % (length + 1) < length ? name[i % (length + 1)] : ':';
	return text;
}

static void cut(char *text, size_t bytes, struct iovec vectors[5])
{
	vectors[0] = (struct iovec){ text, 5 };
	vectors[1] = (struct iovec){ NULL, 0 };
	vectors[2] = (struct iovec){ text + 5, 300 };
	vectors[3] = (struct iovec){ text + 305, 1 };
	vectors[4] = (struct iovec){ text + 306, bytes - 306 };
}

#define OWN(name)                                                                                                      \
	static __thread char *text;                                                                                    \
	static __thread struct iovec vectors[5];                                                                       \
	if (!text) {                                                                                                   \
		text = text_of(#name, 0);                                                                              \
		cut(text, TEXT_BYTES, vectors);                                                                        \
	}                                                                                                              \
	(void)vectors

/* A file of the text, or one to write to. */
static int file_of(const char *name)
{
	int fd = memfd_create(name, 0);

	if (fd < 0 || write(fd, text_of(name, 0), TEXT_BYTES) != TEXT_BYTES)
		err(1, "memfd of %s", name);
	return fd;
}

#define FILE_CALL(name, call)                                                                                          \
	static void in_##name(int fd)                                                                                  \
	{                                                                                                              \
		OWN(name);                                                                                             \
		if (call != TEXT_BYTES)                                                                                \
			err(1, #name);                                                                                 \
	}

FILE_CALL(read, (lseek(fd, 0, SEEK_SET), read(fd, text, TEXT_BYTES)))
FILE_CALL(pread64, pread(fd, text, TEXT_BYTES, 0))
FILE_CALL(readv, (lseek(fd, 0, SEEK_SET), readv(fd, vectors, 5)))
FILE_CALL(preadv, preadv(fd, vectors, 5, 0))
FILE_CALL(preadv2, syscall(SYS_preadv2, fd, vectors, 5L, 0L, 0L, 0L))
FILE_CALL(write, (lseek(fd, 0, SEEK_SET), write(fd, text, TEXT_BYTES)))
FILE_CALL(pwrite64, pwrite(fd, text, TEXT_BYTES, 0))
FILE_CALL(writev, (lseek(fd, 0, SEEK_SET), writev(fd, vectors, 5)))
FILE_CALL(pwritev, pwritev(fd, vectors, 5, 0))
FILE_CALL(pwritev2, syscall(SYS_pwritev2, fd, vectors, 5L, 0L, 0L, 0L))

static void in_sendto(int fd)
{
	OWN(sendto);
	if (sendto(fd, text, DATAGRAM_BYTES, 0, NULL, 0) != DATAGRAM_BYTES)
		err(1, "sendto");
}

/* The buffer is larger than what comes. */
static void in_recvfrom(int fd)
{
	char bytes[2 * DATAGRAM_BYTES];

	if (recvfrom(fd, bytes, sizeof(bytes), 0, NULL, NULL) != DATAGRAM_BYTES)
		err(1, "recvfrom");
}

/* The buffer is smaller than what comes, and the call tells how much that was. */
static void in_truncated(int fd)
{
	char bytes[100];

	if (recvfrom(fd, bytes, sizeof(bytes), MSG_TRUNC, NULL, NULL) != DATAGRAM_BYTES)
		err(1, "recvfrom");
}

static void in_sendmsg(int fd)
{
	OWN(sendmsg);
	struct msghdr message = { .msg_iov = vectors, .msg_iovlen = 5 };

	cut(text, DATAGRAM_BYTES, vectors);
	if (sendmsg(fd, &message, 0) != DATAGRAM_BYTES)
		err(1, "sendmsg");
}

static void in_recvmsg(int fd)
{
	char bytes[DATAGRAM_BYTES];
	struct iovec vectors[5];
	struct msghdr message = { .msg_iov = vectors, .msg_iovlen = 5 };

	cut(bytes, DATAGRAM_BYTES, vectors);
	if (recvmsg(fd, &message, 0) != DATAGRAM_BYTES)
		err(1, "recvmsg");
}

struct messages {
	struct mmsghdr headers[MESSAGES];
	struct iovec vectors[MESSAGES][2];
	char bytes[MESSAGES][2 * MESSAGE_BYTES];
};

/* Each has room for more than it gets. */
static void prepare(struct messages *messages, size_t room)
{
	for (int i = 0; i < MESSAGES; i++) {
		memset(messages->bytes[i], '0' + i, sizeof(messages->bytes[i]));
		messages->vectors[i][0] = (struct iovec){ messages->bytes[i], 30 };
		messages->vectors[i][1] = (struct iovec){ messages->bytes[i] + 30, room - 30 };
		messages->headers[i].msg_hdr = (struct msghdr){ .msg_iov = messages->vectors[i], .msg_iovlen = 2 };
	}
}

static void in_sendmmsg(int fd)
{
	struct messages messages;

	prepare(&messages, MESSAGE_BYTES);
	if (sendmmsg(fd, messages.headers, MESSAGES, 0) < 1)
		err(1, "sendmmsg");
}

static void in_recvmmsg(int fd)
{
	struct messages messages;

	prepare(&messages, 2 * MESSAGE_BYTES);
	if (recvmmsg(fd, messages.headers, MESSAGES, 0, NULL) != MESSAGES)
		err(1, "recvmmsg");
}

/* Fewer bytes than are kept. */
static void in_short(int fd)
{
	if (write(fd, "abc", 3) != 3)
		err(1, "short write");
}

static void in_drain(int fd)
{
	char bytes[4096];
	struct timespec pause = { 0, 20000000 };

	nanosleep(&pause, NULL);
	if (read(fd, bytes, sizeof(bytes)) <= 0)
		err(1, "drain");
}

#ifdef __x86_64__
#define I386_WRITEV 146
#define I386_SENDMSG 370

struct vector32 {
	uint32_t base, len;
};
struct message32 {
	uint32_t name, namelen, iov, iovlen, control, controllen, flags;
};

static long call32(long nr, long first, long second, long third)
{
	__asm__ volatile("int $0x80"
			 : "+a"(nr)
			 : "b"(first), "c"(second), "d"(third), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return nr;
}

/* Vectors in the last page of the text. */
static struct vector32 *cut32(char *text, size_t bytes)
{
	struct vector32 *vectors = (void *)(text + TEXT_BYTES - 4096);

	vectors[0] = (struct vector32){ (uintptr_t)text, 7 };
	vectors[1] = (struct vector32){ (uintptr_t)text + 7, bytes - 7 };
	return vectors;
}

static void in_compat_writev(int fd)
{
	static __thread char *text;

	if (!text)
		text = text_of("compat_writev", MAP_32BIT);
	lseek(fd, 0, SEEK_SET);
	if (call32(I386_WRITEV, fd, (long)cut32(text, TEXT_BYTES - 4096), 2) != TEXT_BYTES - 4096)
		errx(1, "writev of i386");
}

static void in_compat_sendmsg(int fd)
{
	static __thread char *text;
	struct message32 *message;

	if (!text)
		text = text_of("compat_sendmsg", MAP_32BIT);
	message = (void *)(text + TEXT_BYTES - 1024);
	*message = (struct message32){ .iov = (uintptr_t)cut32(text, DATAGRAM_BYTES), .iovlen = 2 };
	if (call32(I386_SENDMSG, fd, (long)message, 0) != DATAGRAM_BYTES)
		errx(1, "sendmsg of i386");
}
#endif

static void pair(const char *sender, block_fn send, const char *receiver, block_fn receive)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) != 0)
		err(1, "socketpair");
	in_thread(receiver, receive, fds[1]);
	in_thread(sender, send, fds[0]);
}

#define IN_FILE(name) in_thread(#name, in_##name, file_of(#name))

int main(void)
{
	int fds[2];

	die_with_parent();
	/* They are many, and always busy. */
	if (nice(19) < 0)
		err(1, "nice");
	IN_FILE(read);
	IN_FILE(pread64);
	IN_FILE(readv);
	IN_FILE(preadv);
	IN_FILE(preadv2);
	IN_FILE(write);
	IN_FILE(pwrite64);
	IN_FILE(writev);
	IN_FILE(pwritev);
	IN_FILE(pwritev2);
	pair("sendto", in_sendto, "recvfrom", in_recvfrom);
	pair("truncated_send", in_sendto, "truncated", in_truncated);
	pair("sendmsg", in_sendmsg, "recvmsg", in_recvmsg);
	pair("sendmmsg", in_sendmmsg, "recvmmsg", in_recvmmsg);
#ifdef __x86_64__
	IN_FILE(compat_writev);
	pair("compat_sendmsg", in_compat_sendmsg, "compat_received", in_recvfrom);
#endif
	if (pipe(fds) != 0)
		err(1, "pipe");
	in_thread("short", in_short, fds[1]);
	in_thread("drain", in_drain, fds[0]);
	ready("%s", in_threads_line);
	wait_for_the_end();
}
