/* Mounts of a workload's own, which go with it. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "workload.h"
#include <sys/mount.h>

static inline void own_mount_namespace(void)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		err(1, "mount namespace");
}

/* In a mount namespace of its own. */
static inline void bind_upon_itself(const char *dir)
{
	own_mount_namespace();
	if (mount(dir, dir, NULL, MS_BIND, NULL) != 0)
		err(1, "mount %s", dir);
}

/* DIR must be a mount. pivot_root(2), at its end: both directories may be the same. */
static inline void become_root(const char *dir)
{
	if (chdir(dir) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0)
		err(1, "pivot_root %s", dir);
}

#endif
