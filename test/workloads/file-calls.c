/*
 * A thread for each of many system calls on a descriptor, blocked in it. Names of the ready line are those of the
 * calls, with an underscore and a word behind where a call is there twice.
 *
 *   file-calls DIR   mounts a file system on DIR that does not answer
 *
 * The descriptor that the thread `close` closes is another file meanwhile. A byte on stdin is the second act:
 * descriptor 15,000 comes, which makes the table of descriptors grow, and the descriptor goes that the thread
 * read_closed reads from.
 */
#include "child-lock.h"
#include "in-threads.h"
#include "stuck-fs.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/xattr.h>
#include <mqueue.h>

#define HIGH_FD 5000
#define GROWN_FD 15000
#define BYTES 4096

static char scratch[2 * BYTES];
static struct iovec one_part = { scratch, BYTES };
/* The other side of calls that take two descriptors. */
static int stuck_file, full_pipe_fd;

#define CALL(name, ...)                                                                                                \
	static void in_##name(int fd)                                                                                  \
	{                                                                                                              \
		(void)!(long)(__VA_ARGS__);                                                                            \
	}
CALL(read, read(fd, scratch, BYTES))
CALL(pread64, pread(fd, scratch, BYTES, BYTES))
CALL(readv, readv(fd, &one_part, 1))
CALL(preadv, preadv(fd, &one_part, 1, 0))
CALL(preadv2, syscall(SYS_preadv2, fd, &one_part, 1, 0, 0, 0))
CALL(write, write(fd, scratch, BYTES))
CALL(pwrite64, pwrite(fd, scratch, BYTES, 0))
CALL(writev, writev(fd, &one_part, 1))
CALL(pwritev, pwritev(fd, &one_part, 1, 0))
CALL(close, close(fd))
CALL(fsync, fsync(fd))
CALL(fdatasync, fdatasync(fd))
CALL(fallocate, fallocate(fd, 0, 0, BYTES))
CALL(ftruncate, ftruncate(fd, BYTES))
CALL(fchmod, fchmod(fd, 0600))
CALL(fsetxattr, fsetxattr(fd, "user.a", "b", 1, 0))
CALL(flistxattr, flistxattr(fd, scratch, BYTES))
CALL(getdents64, syscall(SYS_getdents64, fd, scratch, BYTES))
CALL(lseek, lseek(fd, 0, SEEK_DATA))
CALL(flock, flock(fd, LOCK_EX))
CALL(copy_file_range, copy_file_range(fd, NULL, stuck_file, NULL, BYTES, 0))
CALL(splice, splice(fd, NULL, stuck_file, NULL, BYTES, 0))
CALL(sendfile, sendfile(full_pipe_fd, fd, &(off_t){ 0 }, BYTES))
CALL(mmap, mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0))
CALL(epoll_wait, syscall(SYS_epoll_pwait, fd, &(struct epoll_event){ 0 }, 1, -1, NULL, 8))
CALL(newfstatat, syscall(SYS_newfstatat, fd, "", &(struct stat){ 0 }, AT_EMPTY_PATH))
CALL(utimensat, syscall(SYS_utimensat, fd, NULL, NULL, 0))
CALL(mq_timedreceive, mq_receive(fd, scratch, sizeof(scratch), NULL))

static void in_epoll_ctl(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, fd, &event);
}

/* In a table of descriptors that no other thread has. */
static void in_read_own_table(int fd)
{
	int fds[2];

	if (unshare(CLONE_FILES) != 0 || pipe(fds) != 0 || dup2(fds[0], fd) != fd)
		err(1, "own descriptors");
	read(fd, scratch, BYTES);
}

static const char *folder;

/* A file of its own: some calls lock it. */
static int stuck_fd(const char *name)
{
	char path[4096];
	int is_directory = strncmp(name, "dir", 3) == 0, fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, is_directory ? O_RDONLY | O_DIRECTORY : O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void start_on_stuck_files(void)
{
#define ON(call, file) in_thread(#call, in_##call, stuck_fd(file))
	stuck_file = stuck_fd("other");
	ON(pread64, "pread64");
	ON(preadv, "preadv");
	ON(preadv2, "preadv2");
	ON(write, "write");
	ON(pwrite64, "pwrite64");
	ON(writev, "writev");
	ON(pwritev, "pwritev");
	ON(fsync, "fsync");
	ON(fdatasync, "fdatasync");
	ON(fallocate, "fallocate");
	ON(ftruncate, "ftruncate");
	ON(fchmod, "fchmod");
	ON(fsetxattr, "fsetxattr");
	ON(flistxattr, "flistxattr");
	ON(getdents64, "dir");
	ON(lseek, "lseek");
	ON(copy_file_range, "copy_file_range");
	ON(mmap, "mmap");
	ON(epoll_ctl, "epoll_ctl");
	ON(newfstatat, "nostat");
	ON(utimensat, "utimensat");
	in_thread("read_stuck", in_read, move_fd(stuck_fd("read"), HIGH_FD));
}

/* Two descriptions of a file in memory, the first of which has the lock. */
static int locked_memory(void)
{
	char name[64];
	int fd = memfd_create("locked", 0);

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		err(1, "memfd_create");
	return open(name, O_RDWR);
}

static int pipe_end(int end)
{
	int fds[2];

	if (pipe(fds) != 0)
		err(1, "pipe");
	return fds[end];
}

static int full_pipe(void)
{
	int fd = pipe_end(1);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, scratch, BYTES) > 0)
		;
	fcntl(fd, F_SETFL, 0);
	return fd;
}

static int memory_locked_by_child(void)
{
	int fd = memfd_create("locked by child", 0);

	lock_by_child(&fd, 1);
	return fd;
}

static int file_with_data(void)
{
	int fd = memfd_create("data", 0);

	if (fd < 0 || write(fd, scratch, BYTES) != BYTES)
		err(1, "memfd_create");
	return fd;
}

static int message_queue(void)
{
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/xcapture-test-%d", getpid());
	queue = mq_open(name, O_RDONLY | O_CREAT, 0600, NULL);
	if (queue < 0 || mq_unlink(name) != 0)
		err(1, "mq_open");
	return queue;
}

static int empty_signal_fd(void)
{
	sigset_t none;

	sigemptyset(&none);
	return signalfd(-1, &none, 0);
}

int main(int argc, char **argv)
{
	int closed, closing;
	char byte;

	die_with_parent();
	if (argc != 2)
		errx(2, "usage: file-calls DIR");
	folder = argv[1];
	mount_stuck_fs(folder);
	start_on_stuck_files();
	closing = stuck_fd("noflush");
	in_thread("close", in_close, closing);
	while (fcntl(closing, F_GETFD) >= 0)
		sched_yield();
	dup2(0, closing);
	closed = pipe_end(0);
	in_thread("read_closed", in_read, closed);
	in_thread("read_pipe", in_read, pipe_end(0));
	in_thread("readv", in_readv, pipe_end(0));
	in_thread("read_own_table", in_read_own_table, closed);
	in_thread("read_eventfd", in_read, eventfd(0, 0));
	in_thread("read_timerfd", in_read, timerfd_create(CLOCK_MONOTONIC, 0));
	in_thread("read_signalfd", in_read, empty_signal_fd());
	in_thread("read_inotify", in_read, inotify_init1(0));
	in_thread("epoll_pwait", in_epoll_wait, epoll_create1(0));
	in_thread("splice", in_splice, pipe_end(0));
	full_pipe_fd = full_pipe();
	in_thread("write_pipe", in_write, full_pipe_fd);
	in_thread("sendfile", in_sendfile, file_with_data());
	in_thread("flock", in_flock, locked_memory());
	in_thread("fcntl", in_fcntl, memory_locked_by_child());
	in_thread("mq_timedreceive", in_mq_timedreceive, message_queue());
	ready_in_threads();
	if (read(0, &byte, 1) == 1) {
		close(closed);
		move_fd(eventfd(0, 0), GROWN_FD);
	}
	wait_for_the_end();
}
