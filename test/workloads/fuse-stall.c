/*
 * A file whose reads are not answered: FOLDER/data, on a FUSE mount of its own. Every line on stdin answers one read,
 * the oldest that waits or else the next that comes. The end of stdin is the end: what still waits fails, and mount and
 * folder go. Not the death of the parent, which would leave them.
 *
 * Usage: fuse-stall FOLDER [BYTES]
 */
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define DATA_INODE 2
/* Less would hold back asynchronous reads before they reach us, and the kernel caps it. */
#define MAX_BACKGROUND 1024
#define MAX_WAITING 4096
#define CACHE_SECONDS 100000

struct request {
	struct fuse_in_header head;
	union {
		struct fuse_init_in init;
		struct fuse_read_in read;
		char name[128 << 10];
	};
};

static int device;
static off_t file_bytes = 1 << 20;
static struct request request;
static struct waiting {
	uint64_t unique;
	uint32_t bytes;
} waiting[MAX_WAITING];
static unsigned int waiting_count, permits;

/* One write is one answer. It fails for a request that has been interrupted meanwhile. */
static void answer(uint64_t unique, int error, const void *body, size_t size)
{
	static char buffer[sizeof(struct fuse_out_header) + (1 << 20)];
	struct fuse_out_header head = { .len = sizeof(head) + size, .error = -error, .unique = unique };

	memcpy(buffer, &head, sizeof(head));
	memcpy(buffer + sizeof(head), body, size);
	(void)!write(device, buffer, head.len);
}

static void answer_init(void)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = request.init.max_readahead,
		.flags = FUSE_ASYNC_READ | FUSE_ASYNC_DIO,
		.max_background = MAX_BACKGROUND,
		.congestion_threshold = MAX_BACKGROUND,
		.max_write = 4096,
	};

	answer(request.head.unique, 0, &out, sizeof(out));
	ready("pid=%d bytes=%ld", getpid(), (long)file_bytes);
}

static struct fuse_attr attributes_of(uint64_t inode)
{
	return (struct fuse_attr){
		.ino = inode,
		.size = inode == DATA_INODE ? file_bytes : 0,
		.mode = inode == DATA_INODE ? S_IFREG | 0444 : S_IFDIR | 0555,
		.nlink = 1,
		.blksize = 4096,
	};
}

static void answer_lookup(void)
{
	struct fuse_entry_out out = {
		.nodeid = DATA_INODE,
		.entry_valid = CACHE_SECONDS,
		.attr_valid = CACHE_SECONDS,
		.attr = attributes_of(DATA_INODE),
	};
	int error = strcmp(request.name, "data") == 0 ? 0 : ENOENT;

	answer(request.head.unique, error, &out, error ? 0 : sizeof(out));
}

static void answer_attributes(void)
{
	struct fuse_attr_out out = { .attr_valid = CACHE_SECONDS, .attr = attributes_of(request.head.nodeid) };

	answer(request.head.unique, 0, &out, sizeof(out));
}

static void answer_oldest_reads(void)
{
	static const char zeros[1 << 20];

	while (permits > 0 && waiting_count > 0) {
		uint32_t bytes = waiting[0].bytes;

		answer(waiting[0].unique, 0, zeros, bytes < sizeof(zeros) ? bytes : sizeof(zeros));
		memmove(waiting, waiting + 1, --waiting_count * sizeof(*waiting));
		permits--;
	}
}

static void keep_read(void)
{
	if (waiting_count == MAX_WAITING)
		errx(1, "too many reads");
	waiting[waiting_count++] = (struct waiting){ request.head.unique, request.read.size };
	answer_oldest_reads();
}

static void serve(void)
{
	struct fuse_open_out opened = { 0 };

	if (read(device, &request, sizeof(request)) < 0) {
		/* Taken back before we read it; anything else is an abort. */
		if (errno == ENOENT || errno == EINTR || errno == EAGAIN)
			return;
		err(1, "/dev/fuse");
	}
	switch (request.head.opcode) {
	case FUSE_INIT:
		return answer_init();
	case FUSE_LOOKUP:
		return answer_lookup();
	case FUSE_GETATTR:
		return answer_attributes();
	case FUSE_OPEN:
		return answer(request.head.unique, 0, &opened, sizeof(opened));
	case FUSE_READ:
		return keep_read();
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		return answer(request.head.unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return answer(request.head.unique, ENOSYS, NULL, 0);
	}
}

/* False at the end of stdin. */
static int take_lines(void)
{
	char bytes[4096];
	ssize_t count = read(0, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < count; i++)
		permits += bytes[i] == '\n';
	answer_oldest_reads();
	return count > 0;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	const char *folder = argc > 1 ? argv[1] : "";
	char options[128];

	if (argc > 2)
		file_bytes = atol(argv[2]);
	device = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device < 0 || (mkdir(folder, 0755) != 0 && errno != EEXIST))
		err(1, "/dev/fuse or %s", folder);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	if (mount("fuse-stall", folder, "fuse", MS_NOSUID | MS_NODEV, options) != 0)
		err(1, "mount %s", folder);
	fds[1].fd = device;
	do {
		if (poll(fds, 2, -1) < 0)
			err(1, "poll");
		if (fds[1].revents)
			serve();
	} while (!fds[0].revents || take_lines());
	/* First this, so that whoever waits for an answer gets an error and lets go of the mount. */
	close(device);
	if (umount2(folder, MNT_DETACH) != 0 || rmdir(folder) != 0)
		err(1, "%s", folder);
	return 0;
}
