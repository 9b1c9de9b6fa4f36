/* SPDX-License-Identifier: MIT */
/*
 * Every kernel fact that our BPF programs rely on: the fields they read, by the kernel header that declares them.
 * preserve_access_index makes libbpf relocate each access against the running kernel's BTF, so only names and types
 * matter here, never offsets. A field that some supported kernel lacks is read in compat.bpf.h alone.
 */
#ifndef XCAP_VMLINUX_H
#define XCAP_VMLINUX_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0

/* include/uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_LRU_HASH = 9,
};
enum {
	BPF_ANY = 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/sched.h: flags */
#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000

/* include/linux/sched.h: task_struct.__state and .exit_state (FREEZABLE and FROZEN since 6.1) */
#define TASK_INTERRUPTIBLE 0x00000001
#define TASK_UNINTERRUPTIBLE 0x00000002
#define __TASK_STOPPED 0x00000004
#define __TASK_TRACED 0x00000008
#define EXIT_DEAD 0x00000010
#define EXIT_ZOMBIE 0x00000020
#define TASK_PARKED 0x00000040
#define TASK_DEAD 0x00000080
#define TASK_WAKEKILL 0x00000100
#define TASK_WAKING 0x00000200
#define TASK_NOLOAD 0x00000400
#define TASK_NEW 0x00000800
#define TASK_RTLOCK_WAIT 0x00001000
#define TASK_FREEZABLE 0x00002000
#define __TASK_FREEZABLE_UNSAFE 0x00004000
#define TASK_FROZEN 0x00008000

/* include/asm-generic/errno.h */
#define ENOSYS 38

/* arch/x86/include/asm/thread_info.h */
#define TS_COMPAT 0x0002

/* arch/arm64/include/asm/ptrace.h */
#define PSR_MODE32_BIT 0x00000010

/* include/linux/uidgid_types.h */
typedef struct {
	u32 val;
} kuid_t;

/* include/linux/cred.h */
struct cred {
	kuid_t euid;
};

/* include/linux/ns_common.h */
struct ns_common {
	u32 inum;
};

/* include/linux/pid_namespace.h */
struct pid_namespace {
	struct ns_common ns;
};

/* include/linux/pid.h */
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	u32 level;
	struct upid numbers[1];
};

/* include/linux/pid_types.h */
enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
};

/* include/linux/dcache.h */
struct qstr {
	const u8 *name;
};
struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};
struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
};

/* include/linux/mount.h, fs/mount.h */
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

/* include/linux/path.h */
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/* include/linux/fs.h, include/linux/fs_struct.h */
struct file {
	struct path f_path;
};
struct fs_struct {
	struct path root;
};

/* include/linux/mm_types.h */
struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
};

/* include/linux/kernfs.h, include/linux/cgroup-defs.h */
struct kernfs_node {
	const char *name;
	u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct css_set {
	struct cgroup *dfl_cgrp;
};

/* include/linux/sched.h, include/linux/sched/signal.h, arch/.../include/asm/thread_info.h */
struct thread_info {
	u32 status; /* x86 */
	u32 cpu;
};
struct sched_entity {
	u64 vruntime; /* placeholder for a struct whose fields are read in compat.bpf.h */
};
struct sched_info {
	u64 last_arrival;
	u64 last_queued;
};
struct signal_struct {
	struct pid *pids[4];
};
struct task_struct {
	struct thread_info thread_info;
	u32 __state;
	u32 flags;
	int on_cpu;
	int on_rq;
	struct sched_entity se;
	struct sched_info sched_info; /* CONFIG_SCHED_INFO: with task delay accounting or scheduler statistics */
	struct mm_struct *mm;
	int exit_state;
	unsigned frozen : 1;
	int pid;
	int tgid;
	struct pid *thread_pid;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct signal_struct *signal;
	struct css_set *cgroups;
};

/* arch/x86/include/asm/ptrace.h, arch/arm64/include/asm/ptrace.h */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pstate;
	u64 orig_x0;
	s32 syscallno;
};
#else
#error "x86_64 and aarch64 only"
#endif

/* kernel/bpf/task_iter.c, include/linux/bpf.h */
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	u64 seq_num;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
