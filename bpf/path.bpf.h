/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The full path of a file inside a task's root, by walking dentries and mounts. bpf_d_path would answer relative to
 * xcapture's own root. Also across bind mounts, in containers and in a chroot.
 */
#ifndef XCAP_PATH_BPF_H
#define XCAP_PATH_BPF_H

#include "compat.bpf.h"
#include "names.bpf.h"

struct xcap_path_walk {
	struct xcap_names names;
	struct dentry *dentry, *root_dentry;
	struct mount *mount, *root_mount;
};

static __always_inline struct mount *xcap_mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

static long xcap_path_step(u64 step, struct xcap_path_walk *walk)
{
	struct dentry *dentry = walk->dentry, *parent;
	struct mount *mount = walk->mount;

	if (dentry == walk->root_dentry && mount == walk->root_mount)
		goto at_root;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *up = BPF_CORE_READ(mount, mnt_parent);

		if (up == mount)
			goto at_root;
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = up;
		return 0;
	}
	if (!xcap_append_name(&walk->names, BPF_CORE_READ(dentry, d_name.name)))
		return 1;
	parent = BPF_CORE_READ(dentry, d_parent);
	/* A file without a directory, such as a memfd. */
	if (parent == dentry)
		goto at_root;
	walk->dentry = parent;
	return 0;
at_root:
	walk->names.whole = true;
	return 1;
}

/* Stores the names of path's file in names[XCAP_NAMES_BYTES]; returns how many bytes, and in flags what is special. */
static __always_inline u32 xcap_read_path(struct task_struct *task, struct path *path, char *names, u16 *flags)
{
	struct xcap_path_walk walk = { .names = { .to = names } };
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct dentry *dentry;
	struct path root;

	dentry = path->dentry;
	walk.dentry = dentry;
	walk.mount = xcap_mount_of(path->mnt);
	bpf_core_read(&root, sizeof(root), &fs->root);
	walk.root_dentry = root.dentry;
	walk.root_mount = xcap_mount_of(root.mnt);
	*flags = 0;
	/* d_unlinked(): not in the hash of names any more. Roots never are in it. */
	if (!dentry->d_hash.pprev && dentry != path->mnt->mnt_root)
		*flags |= XCAP_PATH_DELETED;
	bpf_loop(XCAP_PATH_STEPS, xcap_path_step, &walk, 0);
	if (!walk.names.whole)
		*flags |= XCAP_PATH_CUT;
	return walk.names.len;
}

#endif
