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
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0

/* include/uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum {
	BPF_F_MMAPABLE = 1 << 10,
};
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/sched.h: flags */
#define PF_EXITING 0x00000004
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

/* include/uapi/linux/stat.h */
#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFBLK 0060000

/* include/uapi/asm-generic/mman-common.h */
#define MAP_ANONYMOUS 0x20

/* include/uapi/linux/eventpoll.h, include/uapi/asm-generic/poll.h: what "waited on for reading" means */
#define POLLIN 0x0001
#define POLLRDNORM 0x0040

/* include/linux/socket.h, include/linux/net.h, include/uapi/linux/in.h, include/net/tcp_states.h */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define SOCK_STREAM 1
#define SOCK_SEQPACKET 5
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP 262
#define TCP_LISTEN 10

/* include/uapi/linux/io_uring.h */
#define IOSQE_FIXED_FILE 0x01
#define IORING_SETUP_SQE128 0x400
#define IORING_SETUP_CQE32 0x800
#define IORING_SETUP_NO_SQARRAY 0x10000
#define IORING_ENTER_REGISTERED_RING 0x10
#define IORING_CQE_F_MORE 0x02
#define IORING_OP_READV 1
#define IORING_OP_WRITEV 2
#define IORING_OP_READ_FIXED 4
#define IORING_OP_WRITE_FIXED 5
#define IORING_OP_RECVMSG 10
#define IORING_OP_ACCEPT 13
#define IORING_OP_READ 22
#define IORING_OP_WRITE 23
#define IORING_OP_RECV 27
#define IORING_OP_READ_MULTISHOT 49

/* arch/x86/include/asm/thread_info.h */
#define TS_COMPAT 0x0002

/* arch/arm64/include/asm/ptrace.h */
#define PSR_MODE32_BIT 0x00000010

/* include/linux/types.h */
typedef struct {
	int counter;
} atomic_t;

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

/* include/linux/fs.h, include/linux/fs_struct.h, include/linux/fdtable.h */
struct block_device;
struct file_system_type {
	const char *name;
};
struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	struct block_device *s_bdev;
	struct file_system_type *s_type;
};
struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_generation;
};
struct file_operations;
struct file {
	const struct file_operations *f_op;
	void *private_data;
	struct inode *f_inode;
	struct path f_path;
};
struct kiocb {
	struct file *ki_filp;
	s64 ki_pos;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct fs_struct {
	struct path root;
};

/* include/linux/mm_types.h */
struct kioctx_table;
struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct file *vm_file;
};
struct mm_struct {
	struct kioctx_table *ioctx_table;
	unsigned long start_code;
	unsigned long exec_vm; /* pages */
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
};

/* include/linux/types.h, include/linux/rbtree_types.h */
struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};
struct list_head {
	struct list_head *next;
};
struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};
struct rb_root {
	struct rb_node *rb_node;
};
struct rb_root_cached {
	struct rb_root rb_root;
};

/* include/net/sock.h, include/linux/net.h */
struct in6_addr {
	u32 s6_addr32[4];
};
struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	kuid_t sk_uid;
	u16 sk_type;
	u16 sk_protocol;
	struct pid *sk_peer_pid;
};
struct proto_ops;
struct socket {
	short type;
	struct sock *sk;
	const struct proto_ops *ops;
};
struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

/* include/linux/tcp.h, include/net/inet_connection_sock.h, include/linux/win_minmax.h */
struct inet_connection_sock {
	u8 icsk_ca_state : 5;
	u8 icsk_retransmits;
};
struct minmax_sample {
	u32 v;
};
struct minmax {
	struct minmax_sample s[3];
};
struct tcp_sock {
	u64 bytes_sent;
	u64 bytes_acked;
	u64 bytes_received;
	u32 snd_cwnd;
	u32 snd_ssthresh;
	u32 srtt_us;
	u32 mdev_us;
	struct minmax rtt_min;
	u32 rcv_wnd;
	u32 snd_wnd;
	u32 packets_out;
	u32 retrans_out;
	u32 total_retrans;
	u32 lost_out;
	u32 sacked_out;
	u32 reordering;
	u32 snd_nxt;
	u32 snd_una;
	u32 rcv_nxt;
	u32 copied_seq;
	u8 is_cwnd_limited : 1;
	u32 reord_seen;
	u32 delivered;
	u32 delivered_ce;
};

/* include/net/af_unix.h, include/uapi/linux/un.h, net/netlink/af_netlink.h, net/packet/internal.h */
struct sockaddr_un {
	u16 sun_family;
};
struct unix_address {
	int len;
	struct sockaddr_un name[0];
};
struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};
struct netlink_sock {
	u32 portid;
};
struct packet_sock {
	int ifindex;
	u16 num;
};

/* fs/eventpoll.c */
struct epoll_filefd {
	struct file *file;
	int fd;
} __attribute__((packed));
struct epoll_event {
	u32 events;
} __attribute__((packed));
struct epitem {
	struct rb_node rbn;
	struct epoll_filefd ffd;
	struct epoll_event event;
};
struct eventpoll {
	struct rb_root_cached rbr;
};

/* fs/aio.c */
struct kioctx;
struct kioctx_table {
	unsigned int nr;
	struct kioctx *table[0];
};
struct kioctx_cpu {
	unsigned int reqs_available;
};
struct kioctx {
	unsigned long user_id;
	struct kioctx_cpu *cpu;
	unsigned int nr_events;
	struct {
		atomic_t reqs_available;
	};
	struct {
		struct list_head active_reqs;
	};
	struct {
		unsigned int tail;
		unsigned int completed_events;
	};
};
struct io_event {
	u64 obj;
};
struct aio_kiocb {
	struct file *ki_filp;
	struct kioctx *ki_ctx;
	struct io_event ki_res;
	struct list_head ki_list;
};

/* include/linux/io_uring_types.h, io_uring/ (before 6.1 fs/io_uring.c) */
struct io_uring {
	u32 head;
	u32 tail;
};
struct io_uring_cqe {
	u64 user_data;
};
struct io_rings {
	struct io_uring sq;
	struct io_uring cq;
	struct io_uring_cqe cqes[0];
};
struct io_uring_sqe {
	u8 opcode;
};
struct io_cqe {
	int fd;
};
struct io_wq_work {
	unsigned int flags;
};
struct io_uring_task;
struct task_struct;
struct io_kiocb {
	struct file *file;
	u8 opcode;
	u16 buf_index;
	u32 flags; /* since 6.8 of eight bytes; these are the lower ones */
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	struct task_struct *task;
	struct io_uring_task *tctx;
	struct hlist_node hash_node;
	struct io_wq_work work;
};
struct io_rw {
	struct kiocb kiocb;
	u32 len;
	u32 flags;
};
struct io_sr_msg {
	int len;
	u32 msg_flags;
};
struct io_hash_bucket {
	struct hlist_head list;
};
struct io_hash_table {
	struct io_hash_bucket *hbs;
	unsigned int hash_bits;
};
struct io_wq_work_node {
	struct io_wq_work_node *next;
};
struct io_submit_state {
	struct io_wq_work_node free_list;
};
/*
 * Some kernels lack some of these fields; compat.bpf.h alone reads them. A flavour of the struct for each would cost
 * libbpf another search through all types of the kernel.
 */
struct io_fixed_file;
struct io_rsrc_node {
	unsigned long file_ptr;
};
struct io_rsrc_data {
	unsigned int nr;
	struct io_rsrc_node **nodes;
};
struct io_file_table {
	struct io_fixed_file *files;
	struct io_rsrc_data data;
};
struct io_ring_ctx {
	struct {
		struct io_rings *rings;
		unsigned int flags;
	};
	struct {
		u32 *sq_array;
		struct io_uring_sqe *sq_sqes;
		unsigned int cached_sq_head;
		unsigned int sq_entries;
		struct io_file_table file_table;
		struct io_submit_state submit_state;
	};
	struct {
		unsigned int cached_cq_tail;
		unsigned int cq_entries;
	};
	struct io_hash_table cancel_table;
	struct io_hash_table cancel_table_locked;
	unsigned int cq_extra;
	unsigned int nr_req_allocated;
	unsigned int nr_user_files;
};
struct io_uring_task {
	struct file *registered_rings[16];
	struct task_struct *task;
};
struct io_worker {
	struct io_wq_work *cur_work;
};

/* include/linux/blk-mq.h, include/linux/blkdev.h */
struct gendisk {
	int major;
	int first_minor;
	char disk_name[32];
};
struct request_queue {
	struct gendisk *disk;
};
struct bvec_iter {
	u64 bi_sector;
	unsigned int bi_size;
};
struct bio {
	struct block_device *bi_bdev;
	u32 bi_opf;
	struct bvec_iter bi_iter;
	void *bi_private;
};
struct request {
	struct request_queue *q;
	u32 cmd_flags;
	unsigned int __data_len;
	u64 __sector;
	struct bio *bio;
	struct bio *biotail;
	void *end_io;
	u32 state;    /* enum mq_rq_state; 0: not at the device */
	atomic_t ref; /* 0: free */
};

enum req_flag_bits {
	__REQ_FUA = 17,
	__REQ_PREFLUSH = 18,
};
enum req_op {
	REQ_OP_FLUSH = 2,
};
/* block/fops.c, fs/iomap/direct-io.c: what a bio of direct I/O belongs to. */
struct blkdev_dio {
	struct kiocb *iocb;
	struct bio bio;
};
struct iomap_dio {
	struct kiocb *iocb;
};

/* include/linux/seq_file.h */
struct seq_file {
	u64 size; /* size_t */
	u64 count;
};

/* include/linux/kernfs.h, include/linux/cgroup-defs.h */
struct kernfs_node {
	const char *name;
	u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct cgroup_subsys_state {
	struct cgroup *cgroup;
};
struct css_set {
	struct cgroup_subsys_state *subsys[1]; /* more, by enum cgroup_subsys_id */
	struct cgroup *dfl_cgrp;
};
/* include/linux/cgroup-defs.h; the numbers are those of the kernel at hand. */
enum cgroup_subsys_id {
	cpu_cgrp_id = 1,
	memory_cgrp_id = 4,
	pids_cgrp_id = 11,
};

/* include/linux/sched.h, include/linux/sched/signal.h, arch/.../include/asm/thread_info.h */
struct thread_info {
	u32 status; /* x86 */
	u32 cpu;
};
struct sched_entity {
	u64 sum_exec_runtime, prev_sum_exec_runtime;
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
	unsigned long nvcsw, nivcsw;
	struct mm_struct *mm;
	int exit_state;
	unsigned frozen : 1;
	int pid;
	int tgid;
	struct pid *thread_pid;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct io_uring_task *io_uring;
	u64 start_time; /* CLOCK_MONOTONIC */
	void *worker_private;
	struct signal_struct *signal;
	struct css_set *cgroups;
};

/* kernel/bpf/helpers.c, since 6.18 */
enum bpf_task_work_state {
	BPF_TW_SCHEDULED = 3,
};
struct bpf_task_work_ctx {
	enum bpf_task_work_state state;
};

/* arch/x86/include/asm/ptrace.h, arch/arm64/include/asm/ptrace.h */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 orig_x0;
	s32 syscallno;
};
#else
#error "x86_64 and aarch64 only"
#endif

/* kernel/bpf/task_iter.c, include/linux/bpf.h */
struct bpf_array {
	void *pptrs[0];
};
struct bpf_raw_tracepoint_args {
	u64 args[0];
};
struct bpf_iter_meta {
	struct seq_file *seq;
	u64 seq_num;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* include/uapi/linux/bpf.h: part of a map's value, known to the kernel by its name. */
struct bpf_task_work {
	__u64 __opaque;
} __attribute__((aligned(8)));
struct bpf_map {
	u32 id;
};
typedef int (*bpf_task_work_callback_t)(struct bpf_map *map, void *key, void *value);

#endif
