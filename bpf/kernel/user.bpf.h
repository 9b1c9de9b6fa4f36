/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The memory of a task, read page by page as a debugger would. It costs microseconds and may sleep, so it is for the
 * few tasks whose row or verdict depends on it. What cannot be read is counted and left out. Nor is anything read that
 * could hold up the sampler: while somebody changes the memory map, or where a page would have to come from a file
 * system that another program or machine serves, and that may never answer.
 */
#ifndef XCAP_USER_BPF_H
#define XCAP_USER_BPF_H

#include "kernel/compat.bpf.h"
#include "kernel/read.bpf.h"
#include "walk-state.bpf.h"

/* Every page size is a multiple of it, so that one piece never crosses a page. */
#define XCAP_PIECE_BYTES 256

/* include/uapi/linux/magic.h and the file systems' own headers: file systems without a block device that are local. */
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6
#define HUGETLBFS_MAGIC 0x958458f6
#define BTRFS_SUPER_MAGIC 0x9123683e
#define BCACHEFS_SUPER_MAGIC 0xca451a4e
#define ZFS_SUPER_MAGIC 0x2fc12fc1
#define AIO_RING_MAGIC 0xa10a10a1
/* May have a block device, and is served by a program all the same. */
#define FUSE_SUPER_MAGIC 0x65735546

XCAP_STATIC struct {
	bool is_safe;
} xcap_memory;

/* Of all that is built on FUSE the host of a virtual machine, which only root can mount, is as good as a disk. */
static __always_inline bool xcap_is_virtiofs(u64 sb)
{
	u64 type = (u64)xcap_get(struct super_block, sb, s_type);
	u64 name_at = (u64)xcap_get(struct file_system_type, type, name);
	char name[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), (void *)name_at);
	return !bpf_strncmp(name, sizeof(name), "virtiofs");
}

static __always_inline bool xcap_is_local(u64 file)
{
	u64 inode = (u64)xcap_get(struct file, file, f_inode), sb = (u64)xcap_get(struct inode, inode, i_sb);

	switch ((u32)xcap_get(struct super_block, sb, s_magic)) {
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case HUGETLBFS_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case BCACHEFS_SUPER_MAGIC:
	case ZFS_SUPER_MAGIC:
	case AIO_RING_MAGIC:
		return true;
	case FUSE_SUPER_MAGIC:
		return xcap_is_virtiofs(sb);
	default:
		return xcap_get(struct super_block, sb, s_bdev);
	}
}

static long xcap_mapping_step(struct task_struct *task, struct vm_area_struct *vma, void *ctx)
{
	u64 file = (u64)xcap_get(struct vm_area_struct, xcap_number(vma), vm_file);

	xcap_memory.is_safe = !file || xcap_is_local(file);
	return 0;
}

/* bpf_find_vma only tries to take the lock of the memory map. */
static __always_inline bool xcap_is_safe_to_read(struct task_struct *task, u64 address)
{
	xcap_memory.is_safe = false;
	return !bpf_find_vma(task, address, xcap_mapping_step, 0, 0) && READ_ONCE(xcap_memory.is_safe);
}

/* False, and counted, when not all of it can be read. The caller proves bytes to the verifier. */
#define xcap_read_user(task, to, bytes, from)                                                                          \
	({                                                                                                             \
		bool is_read_ = xcap_is_safe_to_read(task, from) && xcap_is_safe_to_read(task, (from) + (bytes)-1) &&  \
				!bpf_copy_from_user_task(to, bytes, (void *)(from), task, 0);                          \
		if (!is_read_)                                                                                         \
			xcap_walk.unreadable++;                                                                        \
		is_read_;                                                                                              \
	})

#endif
