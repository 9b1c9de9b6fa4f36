/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Reading kernel memory by address: descriptors, sockets and rings hang on pointers that carry no type. None of these
 * reads can fault; memory that was freed meanwhile reads as anything, so a reader checks afterwards that the pointers
 * on the way still hold.
 */
#ifndef XCAP_READ_BPF_H
#define XCAP_READ_BPF_H

#include "kernel/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/*
 * kernel/bpf/verifier.c lists the kfuncs that it treats specially, so this enum has a value for each one that it knows.
 */
enum special_kfunc_type {
	KF_bpf_rdonly_cast = 1,
};
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define xcap_can_cast() bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast)

/*
 * The value of a field of the struct at this address. Linux 6.2, a35b9af4ec2c ("bpf: Add a kfunc for generic type
 * cast"), makes it a plain load; before it costs a call of some 20 ns.
 */
#define xcap_get(type, address, field)                                                                                 \
	({                                                                                                             \
		u64 address_ = (u64)(address);                                                                         \
		typeof(((type *)0)->field) value_;                                                                     \
		if (xcap_can_cast())                                                                                   \
			value_ = ((type *)bpf_rdonly_cast((void *)address_, bpf_core_type_id_kernel(type)))->field;    \
		else                                                                                                   \
			bpf_core_read(&value_, sizeof(value_), &((type *)address_)->field);                            \
		value_;                                                                                                \
	})

/* The same of a bit-field. */
#define xcap_get_bits(type, address, field)                                                                            \
	({                                                                                                             \
		u64 bits_;                                                                                             \
		if (xcap_can_cast()) {                                                                                 \
			type *cast_ = bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(type));               \
			bits_ = BPF_CORE_READ_BITFIELD(cast_, field);                                                  \
		} else {                                                                                               \
			bits_ = BPF_CORE_READ_BITFIELD_PROBED((type *)(address), field);                               \
		}                                                                                                      \
		bits_;                                                                                                 \
	})

/* The address of a field of the struct at this address. */
#define xcap_at(type, address, field) ((u64)(address) + bpf_core_field_offset(type, field))

/* The pointer that is stored at this address. */
#define xcap_pointer_at(address) ((u64)xcap_get(struct hlist_head, address, first))

/* What a walk keeps in memory. Used, or else the compiler takes it apart, and its type does not fit any more. */
#define XCAP_STATIC static __attribute__((used))

/*
 * The verifier checks a global function that is `__noinline` as a subprogram on its own, once, for any arguments.
 * Otherwise it would follow every path through a lookup for every path through the rest. Such a function takes and
 * returns numbers only.
 *
 * A value that READ_ONCE reads back from memory is any value to the verifier, which would otherwise follow every state
 * of a task through the rest of the program: loading takes four times as long without it. The compiler reads memory
 * that another CPU writes exactly once.
 */
#define READ_ONCE(lvalue) (*(volatile typeof(lvalue) *)&(lvalue))
#define WRITE_ONCE(lvalue, value) (*(volatile typeof(lvalue) *)&(lvalue) = (value))

/* A pointer as a number, for subprograms. Only for the walk: all CPUs share its memory. */
static __always_inline u64 xcap_number(const void *pointer)
{
	XCAP_STATIC const void *stored;

	stored = pointer;
	return (u64)READ_ONCE(stored);
}

#endif
