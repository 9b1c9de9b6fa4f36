/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The full path of a file inside a task's root, by walking dentries and mounts. bpf_d_path would answer relative to
 * xcapture's own root. Also across bind mounts, in containers and in a chroot.
 */
#ifndef XCAP_PATH_BPF_H
#define XCAP_PATH_BPF_H

#include "kernel/compat.bpf.h"
#include "kernel/names.bpf.h"

struct xcap_path_walk {
	struct xcap_names names;
	u64 dentry, root_dentry;
	u64 mount, root_mount;
};

static __always_inline u64 xcap_mount_of(struct vfsmount *mnt)
{
	return (u64)mnt - bpf_core_field_offset(struct mount, mnt);
}

static long xcap_path_step(u64 step, struct xcap_path_walk *walk)
{
	u64 dentry = walk->dentry, mount = walk->mount, parent;

	if (dentry == walk->root_dentry && mount == walk->root_mount)
		goto at_root;
	if (dentry == (u64)xcap_get(struct mount, mount, mnt.mnt_root)) {
		u64 up = (u64)xcap_get(struct mount, mount, mnt_parent);

		if (up == mount)
			goto at_root;
		walk->dentry = (u64)xcap_get(struct mount, mount, mnt_mountpoint);
		walk->mount = up;
		return 0;
	}
	if (!xcap_append_name(&walk->names, xcap_get(struct dentry, dentry, d_name.name)))
		return 1;
	parent = (u64)xcap_get(struct dentry, dentry, d_parent);
	/* A file without a directory, such as a memfd. */
	if (parent == dentry)
		goto at_root;
	walk->dentry = parent;
	return 0;
at_root:
	walk->names.whole = true;
	return 1;
}

/*
 * Stores the names of a file's path, up to the root in fs (a struct fs_struct), in names[XCAP_NAMES_BYTES]. Returns how
 * many bytes, and in flags what is special.
 */
static __always_inline u32 xcap_read_path(u64 fs, u64 file, char *names, u16 *flags)
{
	struct xcap_path_walk walk = { .names = { .to = names } };
	u64 mnt = (u64)xcap_get(struct file, file, f_path.mnt);

	walk.dentry = (u64)xcap_get(struct file, file, f_path.dentry);
	walk.mount = xcap_mount_of((void *)mnt);
	walk.root_dentry = (u64)xcap_get(struct fs_struct, fs, root.dentry);
	walk.root_mount = xcap_mount_of(xcap_get(struct fs_struct, fs, root.mnt));
	*flags = 0;
	/* d_unlinked(): not in the hash of names any more. Roots never are in it. */
	if (!xcap_get(struct dentry, walk.dentry, d_hash.pprev) &&
	    walk.dentry != (u64)xcap_get(struct vfsmount, mnt, mnt_root))
		*flags |= XCAP_PATH_DELETED;
	bpf_loop(XCAP_PATH_STEPS, xcap_path_step, &walk, 0);
	if (!walk.names.whole)
		*flags |= XCAP_PATH_CUT;
	return walk.names.len;
}

#endif
