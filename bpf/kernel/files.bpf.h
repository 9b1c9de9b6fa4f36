/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* From a descriptor to its file, and what kind of file that is. Files are addresses here; 0 is none. */
#ifndef XCAP_FILES_BPF_H
#define XCAP_FILES_BPF_H

#include "kernel/read.bpf.h"

/* The file of a descriptor, however large the table is. */
static __always_inline u64 xcap_file_of(u64 files, s32 fd)
{
	u64 fdt;

	if (!files || fd < 0)
		return 0;
	fdt = (u64)xcap_get(struct files_struct, files, fdt);
	if ((u32)fd >= xcap_get(struct fdtable, fdt, max_fds))
		return 0;
	return xcap_pointer_at((u64)xcap_get(struct fdtable, fdt, fd) + (u64)(u32)fd * sizeof(void *));
}

/* The operations that all sockets have, once one was seen: looking there spares the cache line of the inode. */
static u64 xcap_socket_file_ops;

/* The struct socket of a file that is one; 0 for any other. */
static __always_inline u64 xcap_socket_of(u64 file)
{
	u64 f_op = (u64)xcap_get(struct file, file, f_op);

	if (f_op != xcap_socket_file_ops || !f_op) {
		u64 inode = (u64)xcap_get(struct file, file, f_inode);

		if ((xcap_get(struct inode, inode, i_mode) & S_IFMT) != S_IFSOCK)
			return 0;
		xcap_socket_file_ops = f_op;
	}
	return (u64)xcap_get(struct file, file, private_data);
}

/* The struct sock of a file that is a socket; 0 for any other. */
static __always_inline u64 xcap_sock_of(u64 file)
{
	u64 socket = xcap_socket_of(file);

	return socket ? (u64)xcap_get(struct socket, socket, sk) : 0;
}

/* What a file's f_op says once a file of that kind has been seen: eventpolls, rings. */
struct xcap_known_kind {
	u64 f_op;
	char name[16];
};

/*
 * Is it an anonymous file of this kind? A descriptor may have become another file since the call began, and private
 * data that is read as the wrong type would be nonsense. The name is compared once, then the address of its operations.
 */
static __always_inline bool xcap_is_kind(u64 file, struct xcap_known_kind *kind)
{
	u64 f_op = (u64)xcap_get(struct file, file, f_op), dentry, name_at;
	char name[16] = {};

	if (f_op == kind->f_op)
		return f_op;
	dentry = (u64)xcap_get(struct file, file, f_path.dentry);
	name_at = (u64)xcap_get(struct dentry, dentry, d_name.name);
	bpf_probe_read_kernel_str(name, sizeof(name), (void *)name_at);
	if (*(u64 *)name != *(u64 *)kind->name || *(u64 *)(name + 8) != *(u64 *)(kind->name + 8))
		return false;
	kind->f_op = f_op;
	return true;
}

/* fs/eventpoll.c and io_uring/io_uring.c name their files so. */
XCAP_STATIC struct xcap_known_kind xcap_eventpolls = { .name = "[eventpoll]" };
XCAP_STATIC struct xcap_known_kind xcap_rings = { .name = "[io_uring]" };

#endif
