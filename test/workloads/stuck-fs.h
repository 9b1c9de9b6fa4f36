/*
 * A file system that does not answer, spoken over /dev/fuse. It finds any name, and opens it: a directory where the
 * name begins with "dir", else a file of a megabyte. It never answers what is asked about a name that begins with
 * "stuck", about the attributes of a file "nostat…", to the flush that closes a file "noflush…", nor any other
 * question: read, write, fsync, unlink, ….
 *
 * Whoever waits for it cannot be killed before the file system's own process has gone, which goes with the thread that
 * has called mount_stuck_fs(). That must be a thread which never waits for it.
 */
#ifndef STUCK_FS_H
#define STUCK_FS_H

#include "mounts.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define STUCK_FS_NODES 1000
#define STUCK_FS_BYTES (1 << 20)
/* FUSE_MIN_READ_BUFFER, and the largest write that we ask for. */
#define STUCK_FS_REQUEST_BYTES (8192 + 4096)
#define STUCK_FS_LONG 1000000

enum stuck_fs_node {
	STUCK_FS_NONE,
	STUCK_FS_DIRECTORY,
	STUCK_FS_FILE,
	STUCK_FS_NO_STAT,
	STUCK_FS_NO_FLUSH
};

/* By node id; the file system's root has FUSE_ROOT_ID, 1. */
static enum stuck_fs_node stuck_fs_nodes[STUCK_FS_NODES];

static void stuck_fs_answer(int fd, const struct fuse_in_header *request, int error, const void *data, size_t bytes)
{
	struct fuse_out_header header = { .len = sizeof(header) + bytes, .error = -error, .unique = request->unique };
	struct iovec parts[] = { { &header, sizeof(header) }, { (void *)data, bytes } };

	/* ENOENT: the one who asked was interrupted. */
	if (writev(fd, parts, 2) < 0 && errno != ENOENT)
		err(1, "answer to request %u", request->opcode);
}

static struct fuse_attr stuck_fs_attributes(uint64_t node)
{
	int is_directory = stuck_fs_nodes[node] == STUCK_FS_DIRECTORY;

	return (struct fuse_attr){ .ino = node,
				   .size = is_directory ? 0 : STUCK_FS_BYTES,
				   .mode = is_directory ? S_IFDIR | 0777 : S_IFREG | 0777,
				   .nlink = 1,
				   .blksize = 4096 };
}

static enum stuck_fs_node stuck_fs_node_of(const char *name)
{
	if (strncmp(name, "dir", 3) == 0)
		return STUCK_FS_DIRECTORY;
	if (strncmp(name, "nostat", 6) == 0)
		return STUCK_FS_NO_STAT;
	return strncmp(name, "noflush", 7) == 0 ? STUCK_FS_NO_FLUSH : STUCK_FS_FILE;
}

static void stuck_fs_lookup(int fd, const struct fuse_in_header *request, const char *name)
{
	static uint64_t last = FUSE_ROOT_ID;
	struct fuse_entry_out entry = { .entry_valid = STUCK_FS_LONG };

	if (strncmp(name, "stuck", 5) == 0)
		return;
	if (++last >= STUCK_FS_NODES)
		errx(1, "too many names");
	entry.nodeid = last;
	stuck_fs_nodes[last] = stuck_fs_node_of(name);
	entry.attr_valid = stuck_fs_nodes[last] == STUCK_FS_NO_STAT ? 0 : STUCK_FS_LONG;
	entry.attr = stuck_fs_attributes(last);
	stuck_fs_answer(fd, request, 0, &entry, sizeof(entry));
}

static void stuck_fs_serve(int fd, const struct fuse_in_header *request)
{
	/* Parallel: a directory is not locked while we do not answer. */
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096, .flags = FUSE_PARALLEL_DIROPS
	};
	/* Direct: the kernel asks for each read, and keeps no pages. */
	struct fuse_open_out open_reply = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_attr_out attributes = { .attr_valid = STUCK_FS_LONG };
	struct fuse_statfs_out statfs = { .st.bsize = 4096 };

	switch (request->opcode) {
	case FUSE_INIT:
		stuck_fs_answer(fd, request, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		stuck_fs_lookup(fd, request, (const char *)(request + 1));
		break;
	case FUSE_GETATTR:
		if (stuck_fs_nodes[request->nodeid] == STUCK_FS_NO_STAT)
			break;
		attributes.attr = stuck_fs_attributes(request->nodeid);
		stuck_fs_answer(fd, request, 0, &attributes, sizeof(attributes));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		stuck_fs_answer(fd, request, 0, &open_reply, sizeof(open_reply));
		break;
	case FUSE_STATFS:
		stuck_fs_answer(fd, request, 0, &statfs, sizeof(statfs));
		break;
	/* A write asks for security.capability first. */
	case FUSE_GETXATTR:
		stuck_fs_answer(fd, request, ENOSYS, NULL, 0);
		break;
	case FUSE_FLUSH:
		if (stuck_fs_nodes[request->nodeid] != STUCK_FS_NO_FLUSH)
			stuck_fs_answer(fd, request, 0, NULL, 0);
		break;
	case FUSE_ACCESS:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_DESTROY:
		stuck_fs_answer(fd, request, 0, NULL, 0);
		break;
	}
}

/* Mounts it in a mount namespace of our own, with which it goes. */
static inline void mount_stuck_fs(const char *folder)
{
	char options[64];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	own_mount_namespace();
	if (mount("stuck", folder, "fuse", 0, options) != 0)
		err(1, "mount of fuse on %s", folder);
	if (fork_child() != 0) {
		close(fd);
		return;
	}
	stuck_fs_nodes[FUSE_ROOT_ID] = STUCK_FS_DIRECTORY;
	for (;;) {
		static char request[STUCK_FS_REQUEST_BYTES] __attribute__((aligned(8)));
		ssize_t bytes = read(fd, request, sizeof(request));

		/* Nobody has it mounted any more. */
		if (bytes < 0 && errno == ENODEV)
			_exit(0);
		/* ENOENT: the one who asked was interrupted before we have read it. */
		if (bytes < 0 && errno != ENOENT && errno != EINTR)
			err(1, "read from /dev/fuse");
		if (bytes > 0)
			stuck_fs_serve(fd, (void *)request);
	}
}

#endif
