/*
 * A thread for each of many system calls on a path, blocked in it: DIR/mount is a file system that never answers what
 * is asked about DIR/mount/dir-NAME/stuck. Names of the ready line are those of the calls, with an underscore and a
 * word behind where a call is there twice. The current directory is DIR/mount. Paths lie on the stack, but for
 * openat_literal.
 *
 *   path-calls DIR HEX   HEX: name of one more file there, in hex
 */
#include "hex.h"
#include "in-threads.h"
#include "stuck-fs.h"
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>

/* PATH_MAX counts the zero byte at the end. */
#define LONGEST 4095

static char scratch[4096], *odd_name;
/* dirfd of every call that takes one: not AT_FDCWD, but what it stands for. */
static int here;

#define CALL(name, ...)                                                                                                \
	static void in_##name(int unused)                                                                              \
	{                                                                                                              \
		char path[] = "dir-" #name "/stuck", other[] = "dir-" #name "/other";                                  \
                                                                                                                       \
		(void)unused, (void)other;                                                                             \
		syscall(SYS_##name, __VA_ARGS__);                                                                      \
	}
CALL(openat, here, path, O_RDONLY)
CALL(openat2, here, path, &(struct open_how){ .flags = O_RDONLY }, sizeof(struct open_how))
CALL(newfstatat, here, path, scratch, 0)
CALL(statx, here, path, 0, STATX_BASIC_STATS, scratch)
CALL(faccessat, here, path, R_OK)
CALL(faccessat2, here, path, R_OK, 0)
CALL(readlinkat, here, path, scratch, sizeof(scratch))
CALL(unlinkat, here, path, 0)
CALL(mkdirat, here, path, 0700)
CALL(mknodat, here, path, S_IFIFO | 0600, 0)
CALL(renameat, here, path, here, other)
CALL(renameat2, here, path, here, other, 0)
CALL(linkat, here, path, here, other, 0)
CALL(symlinkat, "target", here, path)
CALL(chdir, path)
CALL(chroot, path)
CALL(fchmodat, here, path, 0600)
CALL(fchownat, here, path, 0, 0, 0)
CALL(truncate, path, 1)
CALL(utimensat, here, path, NULL, 0)
CALL(statfs, path, scratch)
CALL(setxattr, path, "user.a", "b", 1, 0)
CALL(getxattr, path, "user.a", scratch, 1)
CALL(lgetxattr, path, "user.a", scratch, 1)
CALL(listxattr, path, scratch, 1)
CALL(removexattr, path, "user.a")
CALL(umount2, path, 0)
CALL(inotify_add_watch, inotify_init1(0), path, IN_MODIFY)
CALL(name_to_handle_at, here, path, scratch, scratch, 0)
CALL(open_tree, here, path, 0)
#ifdef SYS_open
CALL(open, path, O_RDONLY)
CALL(creat, path, 0600)
CALL(stat, path, scratch)
CALL(lstat, path, scratch)
CALL(access, path, R_OK)
CALL(readlink, path, scratch, sizeof(scratch))
CALL(unlink, path)
CALL(rmdir, path)
CALL(mkdir, path, 0700)
CALL(mknod, path, S_IFIFO | 0600, 0)
CALL(rename, path, other)
CALL(link, path, other)
CALL(symlink, "target", path)
CALL(chmod, path, 0600)
CALL(chown, path, 0, 0)
CALL(lchown, path, 0, 0)
CALL(utimes, path, NULL)
#endif

static const struct {
	const char *name;
	block_fn block;
} calls[] = {
#define ENTRY(name)                                                                                                    \
	{                                                                                                              \
#name, in_##name                                                                                       \
	}
	ENTRY(openat),
	ENTRY(openat2),
	ENTRY(newfstatat),
	ENTRY(statx),
	ENTRY(faccessat),
	ENTRY(faccessat2),
	ENTRY(readlinkat),
	ENTRY(unlinkat),
	ENTRY(mkdirat),
	ENTRY(mknodat),
	ENTRY(renameat),
	ENTRY(renameat2),
	ENTRY(linkat),
	ENTRY(symlinkat),
	ENTRY(chdir),
	ENTRY(chroot),
	ENTRY(fchmodat),
	ENTRY(fchownat),
	ENTRY(truncate),
	ENTRY(utimensat),
	ENTRY(statfs),
	ENTRY(setxattr),
	ENTRY(getxattr),
	ENTRY(lgetxattr),
	ENTRY(listxattr),
	ENTRY(removexattr),
	ENTRY(umount2),
	ENTRY(inotify_add_watch),
	ENTRY(name_to_handle_at),
	ENTRY(open_tree),
#ifdef SYS_open
	ENTRY(open),
	ENTRY(creat),
	ENTRY(stat),
	ENTRY(lstat),
	ENTRY(access),
	ENTRY(readlink),
	ENTRY(unlink),
	ENTRY(rmdir),
	ENTRY(mkdir),
	ENTRY(mknod),
	ENTRY(rename),
	ENTRY(link),
	ENTRY(symlink),
	ENTRY(chmod),
	ENTRY(chown),
	ENTRY(lchown),
	ENTRY(utimes),
#endif
};

/* In a copy of root and current directory: some kernels make no thread that shares these with one in execve(2). */
static void own_fs(void)
{
	if (unshare(CLONE_FS) != 0)
		err(1, "CLONE_FS");
}

static void in_execve(int unused)
{
	char path[] = "dir-execve/stuck";

	(void)unused;
	own_fs();
	syscall(SYS_execve, path, NULL, NULL);
}

static void in_execveat(int unused)
{
	char path[] = "dir-execveat/stuck";

	(void)unused;
	own_fs();
	syscall(SYS_execveat, here, path, NULL, NULL, 0);
}

static void in_openat_fifo(int unused)
{
	char path[] = "../fifo";

	(void)unused;
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

/* A string of the program's file. */
static void in_openat_literal(int unused)
{
	(void)unused;
	syscall(SYS_openat, here, "dir-literal/stuck", O_RDONLY);
}

static void in_openat_absolute(int unused)
{
	char path[LONGEST];

	(void)unused;
	snprintf(path, sizeof(path), "%s/dir-absolute/stuck", getcwd(scratch, sizeof(scratch)));
	syscall(SYS_openat, -1, path, O_RDONLY);
}

/* "dir-longest/", then "/" up to the last byte that a path can have, then "stuck". */
static void in_openat_longest(int unused)
{
	static char path[LONGEST + 1];

	(void)unused;
	memset(path, '/', LONGEST);
	memcpy(path, "dir-longest", strlen("dir-longest"));
	memcpy(path + LONGEST - strlen("stuck"), "stuck", strlen("stuck"));
	syscall(SYS_openat, here, path, O_RDONLY);
}

/* The string ends with its page, and the next page is not there. */
static void in_openat_page_end(int unused)
{
	long page_bytes = sysconf(_SC_PAGESIZE);
	const char name[] = "dir-page-end/stuck";
	char *pages = mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *path = pages + page_bytes - sizeof(name);

	(void)unused;
	if (pages == MAP_FAILED || munmap(pages + page_bytes, page_bytes) != 0)
		err(1, "a page before a hole");
	memcpy(path, name, sizeof(name));
	syscall(SYS_openat, here, path, O_RDONLY);
}

static void in_openat_dirfd(int fd)
{
	char path[] = "stuck";

	syscall(SYS_openat, fd, path, O_RDONLY);
}

static void in_openat_odd(int unused)
{
	(void)unused;
	syscall(SYS_openat, here, odd_name, O_RDONLY);
}

int main(int argc, char **argv)
{
	die_with_parent();
	if (argc != 3 || chdir(argv[1]) != 0)
		errx(2, "usage: path-calls DIR HEX");
	odd_name = from_hex(argv[2]);
	if (mkfifo("fifo", 0600) != 0 || mkdir("mount", 0700) != 0)
		err(1, "fifo and mount");
	mount_stuck_fs("mount");
	if (chdir("mount") != 0)
		err(1, "mount");
	here = open(".", O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		in_thread(calls[i].name, calls[i].block, 0);
	in_thread("execve", in_execve, 0);
	in_thread("execveat", in_execveat, 0);
	in_thread("openat_fifo", in_openat_fifo, 0);
	in_thread("openat_literal", in_openat_literal, 0);
	in_thread("openat_absolute", in_openat_absolute, 0);
	in_thread("openat_longest", in_openat_longest, 0);
	in_thread("openat_page_end", in_openat_page_end, 0);
	in_thread("openat_dirfd", in_openat_dirfd, open("dir-dirfd", O_RDONLY | O_DIRECTORY));
	in_thread("openat_odd", in_openat_odd, 0);
	ready_in_threads();
	wait_for_the_end();
}
