/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* What a task is doing (the state column), and whether that is worth a row (the reason column). */
#ifndef XCAP_STATE_BPF_H
#define XCAP_STATE_BPF_H

#include "kernel/compat.bpf.h"
#include "record.gen.h"

/* Bits that qualify a wait and do not name it. NOLOAD does, but only together with UNINTERRUPTIBLE (TASK_IDLE). */
#define XCAP_STATE_MODIFIERS (TASK_WAKEKILL | TASK_FREEZABLE | __TASK_FREEZABLE_UNSAFE | TASK_NOLOAD)

static __always_inline enum xcap_state xcap_wait_state(u32 word)
{
	switch (word & ~XCAP_STATE_MODIFIERS) {
	case TASK_INTERRUPTIBLE:
		return XCAP_STATE_SLEEP;
	case TASK_UNINTERRUPTIBLE:
		return word & TASK_NOLOAD ? XCAP_STATE_IDLE : XCAP_STATE_DISK;
	case TASK_RTLOCK_WAIT:
		return XCAP_STATE_DISK;
	case __TASK_STOPPED:
		return XCAP_STATE_STOPPED;
	case __TASK_TRACED:
		return XCAP_STATE_TRACED;
	case TASK_PARKED:
		return XCAP_STATE_PARKED;
	case TASK_DEAD:
		return XCAP_STATE_DEAD;
	case TASK_WAKING:
		return XCAP_STATE_WAKING;
	case TASK_NEW:
		return XCAP_STATE_NEW;
	case TASK_FROZEN:
		return XCAP_STATE_FROZEN;
	default:
		return XCAP_STATE_OTHER;
	}
}

/*
 * The state of a task whose state word and exit state are given. A task that has already said what it will wait for,
 * but is still on a CPU or was preempted on its way there, runs or wants to run; the word alone would call it asleep.
 */
static __always_inline enum xcap_state xcap_state(struct task_struct *task, u32 word, u32 exit_state)
{
	enum xcap_state state;

	if (exit_state)
		return exit_state & EXIT_ZOMBIE ? XCAP_STATE_ZOMBIE : XCAP_STATE_DEAD;
	if (task->on_cpu)
		return word & TASK_DEAD ? XCAP_STATE_DEAD : XCAP_STATE_RUN;
	state = word == 0 ? XCAP_STATE_RUNQ : xcap_wait_state(word);
	if ((state == XCAP_STATE_SLEEP || state == XCAP_STATE_DISK) && task->on_rq && !xcap_is_dequeue_delayed(task))
		state = XCAP_STATE_RUNQ;
	/* The sampler's realtime priority lets it take the CPU of a task that would show as running everywhere else. */
	if (state == XCAP_STATE_RUNQ && xcap_is_preempted_by_us(task))
		return XCAP_STATE_RUN;
	/*
	 * The version 2 freezer lets a task sleep in its trap for signals and sets this bit; version 1 has TASK_FROZEN.
	 */
	if (state == XCAP_STATE_SLEEP && BPF_CORE_READ_BITFIELD(task, frozen))
		return XCAP_STATE_FROZEN;
	return state;
}

/* The idle rules that need nothing but the state. All but XCAP_REASON_ACTIVE are left out of the default view. */
static __always_inline enum xcap_reason xcap_state_reason(enum xcap_state state, bool kthread)
{
	switch (state) {
	case XCAP_STATE_SLEEP:
		return kthread ? XCAP_REASON_KTHREAD : XCAP_REASON_SLEEP;
	case XCAP_STATE_IDLE:
		return kthread ? XCAP_REASON_KTHREAD : XCAP_REASON_ACTIVE;
	case XCAP_STATE_STOPPED:
		return XCAP_REASON_STOPPED;
	case XCAP_STATE_TRACED:
		return XCAP_REASON_TRACED;
	case XCAP_STATE_ZOMBIE:
		return XCAP_REASON_ZOMBIE;
	case XCAP_STATE_DEAD:
		return XCAP_REASON_DEAD;
	case XCAP_STATE_PARKED:
		return XCAP_REASON_PARKED;
	case XCAP_STATE_FROZEN:
		return XCAP_REASON_FROZEN;
	default:
		return XCAP_REASON_ACTIVE;
	}
}

#endif
