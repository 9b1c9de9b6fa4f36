/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Stacks. A row names each by its hash; the frames go before it, unless user space knows them. A thread that has not
 * run since its last sample has the stacks that it had then.
 */
#ifndef XCAP_STACK_BPF_H
#define XCAP_STACK_BPF_H

#include "config.gen.h"
#include "kernel/user.bpf.h"

/* FNV-1a, 64 bits. */
#define XCAP_FNV_BASIS 0xcbf29ce484222325ull
#define XCAP_FNV_PRIME 0x100000001b3ull

/* Nothing is ever mapped in the first page. */
#define XCAP_LOWEST_CODE 4096

/* Sets of known stacks, of four each. */
#define XCAP_KNOWN_SETS 2048
#define XCAP_KNOWN_WAYS 4

struct xcap_stack_frames {
	struct xcap_stack stack;
	u64 frame[XCAP_MAX_FRAMES + 1];
};
XCAP_STATIC struct xcap_stack_frames xcap_kstack_frames, xcap_ustack_frames;
XCAP_STATIC struct xcap_stacks xcap_stacks_row;
XCAP_STATIC u64 xcap_last_slice;
XCAP_STATIC struct {
	u64 epoch;
	u32 count;
} xcap_emitted_stacks[2]; /* of the kernel, of users */
XCAP_STATIC struct {
	u64 switches;
	bool is_settled; /* the thread was off its CPU all the while */
	bool has_slice;
} xcap_stacks_of;

/*
 * Stacks that were emitted, by their hash. Key: part of the hash; written and read by the walk. When a set is full its
 * oldest entry goes, and that stack is emitted once more. After XCAP_MAX_KNOWN_STACKS all are forgotten, so that a
 * reader who keeps the last so many knows every stack that a row names.
 */
struct xcap_known_set {
	u64 mark[XCAP_KNOWN_WAYS];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * XCAP_KNOWN_SETS);
	__type(key, u32);
	__type(value, struct xcap_known_set);
} xcap_known_stacks SEC(".maps");

/*
 * What each thread had when it was last sampled off its CPU. Key: part of its id; written and read by the walk. Of two
 * threads that share a place the later one has it, and the other is unwound in each sample.
 */
struct xcap_last_stacks {
	u64 start_time; /* of the thread; 0: none */
	u64 switches;
	struct xcap_stacks stacks;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XCAP_LAST_STACKS);
	__type(key, u32);
	__type(value, struct xcap_last_stacks);
} xcap_last_of_threads SEC(".maps");

static __always_inline u64 xcap_fnv(u64 hash, u64 word)
{
	for (int i = 0; i < 8; i++) {
		hash = (hash ^ (word & 0xff)) * XCAP_FNV_PRIME;
		word >>= 8;
	}
	return hash;
}

static __always_inline u64 xcap_hash_frames(const struct xcap_stack_frames *frames, u64 hash)
{
	u32 count = frames->stack.count;

	for (u32 i = 0; i < XCAP_MAX_FRAMES; i++) {
		if (i >= count)
			break;
		hash = xcap_fnv(hash, frames->frame[i]);
	}
	return hash;
}

static __always_inline u32 xcap_known_key(bool is_user, u64 hash)
{
	return (is_user ? XCAP_KNOWN_SETS : 0) + (hash & (XCAP_KNOWN_SETS - 1));
}

/* Changes when all is to be forgotten. */
static __always_inline u64 xcap_known_mark(bool is_user, u64 hash)
{
	return hash ^ READ_ONCE(xcap_emitted_stacks[is_user].epoch) * XCAP_FNV_PRIME;
}

static __always_inline bool xcap_is_known_stack(bool is_user, u64 hash)
{
	u32 key = xcap_known_key(is_user, hash);
	struct xcap_known_set *set = bpf_map_lookup_elem(&xcap_known_stacks, &key);
	u64 mark = xcap_known_mark(is_user, hash);

	return !hash ||
	       (set && (set->mark[0] == mark || set->mark[1] == mark || set->mark[2] == mark || set->mark[3] == mark));
}

static __always_inline void xcap_know_stack(bool is_user, u64 hash)
{
	u32 key = xcap_known_key(is_user, hash);
	struct xcap_known_set *set = bpf_map_lookup_elem(&xcap_known_stacks, &key);

	if (!set)
		return;
	if (++xcap_emitted_stacks[is_user].count >= XCAP_MAX_KNOWN_STACKS) {
		xcap_emitted_stacks[is_user].count = 0;
		xcap_emitted_stacks[is_user].epoch++;
	}
	set->mark[3] = set->mark[2];
	set->mark[2] = set->mark[1];
	set->mark[1] = set->mark[0];
	set->mark[0] = xcap_known_mark(is_user, hash);
}

/* Hashes the frames of the kernel's part. */
__noinline int xcap_hash_kstack(u32 bytes)
{
	struct xcap_stack_frames *frames = &xcap_kstack_frames;

	frames->stack.count = bytes / sizeof(u64);
	xcap_stacks_row.kstack_hash = bytes ? xcap_hash_frames(frames, XCAP_FNV_BASIS) : 0;
	return 0;
}

static __always_inline void xcap_read_kstack(struct task_struct *task)
{
	long bytes = bpf_get_task_stack(task, xcap_kstack_frames.frame, XCAP_MAX_FRAMES * sizeof(u64), 0);

	xcap_hash_kstack(bytes > 0 ? bytes : 0);
}

/*
 * Distinguishes the addresses of one program from another's: the program, where it lies, and what other code is mapped,
 * so that processes of one program that were forked from one share their stacks, and those that have loaded other
 * libraries since do not.
 */
static __always_inline u64 xcap_hash_of_memory(u64 mm)
{
	u64 exe_file = (u64)xcap_get(struct mm_struct, mm, exe_file);
	u64 inode = (u64)xcap_get(struct file, exe_file, f_inode);
	u64 sb = (u64)xcap_get(struct inode, inode, i_sb);
	u64 hash = xcap_fnv(XCAP_FNV_BASIS, xcap_get(struct inode, inode, i_ino));

	hash = xcap_fnv(hash, (u64)xcap_get(struct inode, inode, i_generation) << 32 |
				      xcap_get(struct super_block, sb, s_dev));
	hash = xcap_fnv(hash, xcap_get(struct mm_struct, mm, start_code));
	return xcap_fnv(hash, xcap_get(struct mm_struct, mm, exec_vm));
}

/* Hashes the frames of the user's part. */
__noinline int xcap_hash_ustack(u64 mm)
{
	struct xcap_stack_frames *frames = &xcap_ustack_frames;

	xcap_stacks_row.ustack_hash =
		READ_ONCE(frames->stack.count) ? xcap_hash_frames(frames, xcap_hash_of_memory(mm)) : 0;
	return 0;
}

XCAP_STATIC struct {
	u64 low, high; /* where the next frame may lie */
	u64 fp;
} xcap_unwinding;

static long xcap_stack_mapping_step(struct task_struct *task, struct vm_area_struct *vma, void *ctx)
{
	u64 number = xcap_number(vma), file = (u64)xcap_get(struct vm_area_struct, number, vm_file);

	if (!file || xcap_is_local(file)) {
		xcap_unwinding.low = xcap_get(struct vm_area_struct, number, vm_start);
		xcap_unwinding.high = xcap_get(struct vm_area_struct, number, vm_end);
	}
	return 0;
}

#if defined(__TARGET_ARCH_x86)
#define xcap_regs_ip(regs) ((regs)->ip)
#define xcap_regs_fp(regs) ((regs)->bp)
#else
#define xcap_regs_ip(regs) ((regs)->pc)
#define xcap_regs_fp(regs) ((regs)->regs[29])
#endif

/*
 * The leaf's instruction, then a frame after the other: the two words at the frame pointer are the caller's, and where
 * it goes on. All of them lie in one mapping, each above the one before.
 */
static __always_inline void xcap_read_ustack(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 sp = regs->sp;
	u32 count = 0;

	xcap_ustack_frames.stack.count = 0;
	xcap_unwinding.high = 0;
	/* A worker of io_uring has no place in its program. */
	if (!sp || task->flags & PF_IO_WORKER)
		goto done;
	xcap_ustack_frames.frame[0] = xcap_regs_ip(regs);
	count = 1;
	xcap_unwinding.fp = xcap_regs_fp(regs);
	if (bpf_find_vma(task, sp, xcap_stack_mapping_step, 0, 0)) {
		xcap_walk.unreadable++;
		goto done;
	}
	xcap_unwinding.low = sp;
	for (u32 i = 1; i < XCAP_MAX_FRAMES; i++) {
		u64 fp = READ_ONCE(xcap_unwinding.fp), frame[2];

		if (fp & 7 || fp < READ_ONCE(xcap_unwinding.low) || fp + sizeof(frame) > READ_ONCE(xcap_unwinding.high))
			break;
		if (bpf_copy_from_user_task(frame, sizeof(frame), (void *)fp, task, 0))
			break;
		/* What the outermost function of a program without frame pointers has left there. */
		if (frame[1] < XCAP_LOWEST_CODE || (frame[1] >= sp && frame[1] < READ_ONCE(xcap_unwinding.high)))
			break;
		xcap_ustack_frames.frame[i] = frame[1];
		count = i + 1;
		xcap_unwinding.low = fp + sizeof(frame);
		xcap_unwinding.fp = frame[0];
	}
done:
	xcap_ustack_frames.stack.count = count;
	xcap_hash_ustack(READ_ONCE(xcap_current.mm));
}

#if defined(__TARGET_ARCH_x86)
static __always_inline void xcap_copy_registers(const struct pt_regs *regs, u64 *to)
{
	to[0] = regs->ax;
	to[1] = regs->dx;
	to[2] = regs->cx;
	to[3] = regs->bx;
	to[4] = regs->si;
	to[5] = regs->di;
	to[6] = regs->bp;
	to[7] = regs->sp;
	to[8] = regs->r8;
	to[9] = regs->r9;
	to[10] = regs->r10;
	to[11] = regs->r11;
	to[12] = regs->r12;
	to[13] = regs->r13;
	to[14] = regs->r14;
	to[15] = regs->r15;
	to[16] = regs->ip;
}
#define XCAP_VALID_REGS ((1ull << 17) - 1)
#else
static __always_inline void xcap_copy_registers(const struct pt_regs *regs, u64 *to)
{
	for (u32 i = 0; i < 31; i++)
		to[i] = regs->regs[i];
	to[31] = regs->sp;
	to[32] = regs->pc;
}
#define XCAP_VALID_REGS ((1ull << 33) - 1)
#endif

/* Registers and the top of the stack. */
XCAP_STATIC struct {
	struct xcap_raw_stack raw;
	u64 regs[XCAP_DWARF_REGS];
	u8 bytes[XCAP_SLICE_BYTES];
} xcap_slice;

static __always_inline void xcap_read_slice(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 sp = regs->sp, start = sp, end, bytes = 0;

	/* A worker of io_uring has no place in its program. */
	if (!sp || task->flags & PF_IO_WORKER)
		return;
	xcap_unwinding.high = 0;
	if (bpf_find_vma(task, sp, xcap_stack_mapping_step, 0, 0))
		xcap_walk.unreadable++;
	end = READ_ONCE(xcap_unwinding.high);
	if (end > sp) {
		if (sp - XCAP_BELOW_SP >= READ_ONCE(xcap_unwinding.low))
			start -= XCAP_BELOW_SP;
		bytes = (end - start) & ~7ull;
	}
	if (bytes > XCAP_SLICE_BYTES)
		bytes = XCAP_SLICE_BYTES;
	if (bytes && bpf_copy_from_user_task(xcap_slice.bytes, bytes, (void *)start, task, 0))
		bytes = 0;
	xcap_copy_registers(regs, xcap_slice.regs);
	xcap_slice.raw.id = ++xcap_last_slice << 16 | ((u32)task->pid & (XCAP_LAST_STACKS - 1));
	xcap_slice.raw.memory = xcap_hash_of_memory(READ_ONCE(xcap_current.mm));
	xcap_slice.raw.mm = xcap_current.mm;
	xcap_slice.raw.start = start;
	xcap_slice.raw.valid = XCAP_VALID_REGS;
	xcap_slice.raw.tgid = task->tgid;
	xcap_slice.raw.bytes = bytes;
	xcap_stacks_row.ustack_hash = xcap_slice.raw.id;
	xcap_stacks_of.has_slice = true;
}

/* How long it is. */
static __always_inline u32 xcap_slice_bytes(void)
{
	return READ_ONCE(xcap_stacks_of.has_slice)
		       ? sizeof(xcap_slice.raw) + sizeof(xcap_slice.regs) + xcap_slice.raw.bytes
		       : 0;
}

/* Cuts it so that it fits into the buffer together with what is of the same task. */
static __always_inline void xcap_fit_slice(u64 others)
{
	u64 room = XCAP_BUFFER_BYTES - sizeof(struct xcap_stack) - XCAP_MAX_FRAMES * 8 - sizeof(xcap_slice.raw) -
		   sizeof(xcap_slice.regs) - 64;

	room = others < room ? room - others : 0;
	if (READ_ONCE(xcap_slice.raw.bytes) > room)
		xcap_slice.raw.bytes = room & ~7ull;
}

static __always_inline bool xcap_write_slice(struct seq_file *seq)
{
	u32 bytes = READ_ONCE(xcap_slice.raw.bytes);

	if (bytes > XCAP_SLICE_BYTES)
		bytes = XCAP_SLICE_BYTES;
	xcap_slice.raw.head.kind = XCAP_KIND_RAW_STACK;
	xcap_slice.raw.head.len = sizeof(xcap_slice.raw) + sizeof(xcap_slice.regs) + bytes;
	return !bpf_seq_write(seq, &xcap_slice, sizeof(xcap_slice.raw) + sizeof(xcap_slice.regs) + bytes);
}

/* Finds the stacks of the task. False when it has none. */
static __always_inline bool xcap_find_stacks(struct task_struct *task, bool kthread)
{
	u32 key = (u32)task->pid & (XCAP_LAST_STACKS - 1);
	struct xcap_last_stacks *last = bpf_map_lookup_elem(&xcap_last_of_threads, &key);
	u64 switches = task->nvcsw + task->nivcsw;

	xcap_kstack_frames.stack.count = 0;
	xcap_ustack_frames.stack.count = 0;
	xcap_stacks_of.has_slice = false;
	if (last && last->start_time == task->start_time && last->switches == switches && !task->on_cpu &&
	    xcap_is_known_stack(false, last->stacks.kstack_hash) &&
	    (xcap_want_slice || xcap_is_known_stack(true, last->stacks.ustack_hash))) {
		xcap_stacks_row = last->stacks;
	} else {
		xcap_stacks_row.kstack_hash = 0;
		xcap_stacks_row.ustack_hash = 0;
		/* What a running thread left behind when it last slept is not its stack. */
		if (xcap_want_kstack && !task->on_cpu)
			xcap_read_kstack(task);
		if (xcap_want_slice && !kthread && xcap_current.mm)
			xcap_read_slice(task);
		else if (xcap_want_ustack && !kthread && xcap_current.mm)
			xcap_read_ustack(task);
	}
	xcap_stacks_of.switches = switches;
	xcap_stacks_of.is_settled = !task->on_cpu && task->nvcsw + task->nivcsw == switches;
	return READ_ONCE(xcap_stacks_row.kstack_hash) || READ_ONCE(xcap_stacks_row.ustack_hash);
}

static __always_inline bool xcap_write_stack(struct seq_file *seq, struct xcap_stack_frames *frames, u64 hash, u32 tgid)
{
	u32 bytes = (u32)frames->stack.count * sizeof(u64);

	if (bytes > XCAP_MAX_FRAMES * sizeof(u64))
		bytes = XCAP_MAX_FRAMES * sizeof(u64);
	frames->stack.head.kind = XCAP_KIND_STACK;
	frames->stack.head.len = sizeof(frames->stack) + bytes;
	frames->stack.hash = hash;
	frames->stack.tgid = tgid;
	frames->stack.unwinder = tgid ? XCAP_UNWOUND_BY_FRAME_POINTER : XCAP_UNWOUND_BY_KERNEL;
	return !bpf_seq_write(seq, frames, sizeof(frames->stack) + bytes);
}

/* Writes the frames that user space does not know. False when they do not fit. */
static __always_inline bool xcap_emit_stacks(struct seq_file *seq, u32 tgid)
{
	u64 kstack = READ_ONCE(xcap_stacks_row.kstack_hash), ustack = READ_ONCE(xcap_stacks_row.ustack_hash);

	if (xcap_want_kstack && !xcap_is_known_stack(false, kstack) &&
	    !xcap_write_stack(seq, &xcap_kstack_frames, kstack, 0))
		return false;
	if (xcap_want_slice)
		return !READ_ONCE(xcap_stacks_of.has_slice) || xcap_write_slice(seq);
	return !xcap_want_ustack || xcap_is_known_stack(true, ustack) ||
	       xcap_write_stack(seq, &xcap_ustack_frames, ustack, tgid);
}

/* The row has been written. */
static __always_inline void xcap_keep_stacks(struct task_struct *task)
{
	u32 key = (u32)task->pid & (XCAP_LAST_STACKS - 1);
	struct xcap_last_stacks *last;
	u64 kstack = READ_ONCE(xcap_stacks_row.kstack_hash), ustack = READ_ONCE(xcap_stacks_row.ustack_hash);

	if (!xcap_is_known_stack(false, kstack))
		xcap_know_stack(false, kstack);
	if (!xcap_want_slice && !xcap_is_known_stack(true, ustack))
		xcap_know_stack(true, ustack);
	last = bpf_map_lookup_elem(&xcap_last_of_threads, &key);
	if (!last)
		return;
	last->start_time = 0;
	if (READ_ONCE(xcap_stacks_of.is_settled)) {
		last->switches = READ_ONCE(xcap_stacks_of.switches);
		last->stacks = xcap_stacks_row;
		last->start_time = task->start_time;
	}
}

#endif
