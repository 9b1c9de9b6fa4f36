/*
 * A function that a signal interrupts at its first instruction, and code of the program's own that the handler of a
 * signal returns to, with neither unwind data nor a C library's instructions: Go's are the same.
 */
#ifndef FAULTING_H
#define FAULTING_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define TRAP "ud2"
#define SIGNAL_RETURN "mov $15, %eax\nsyscall"
#elif defined(__aarch64__)
#define TRAP "udf #0"
#define SIGNAL_RETURN "mov x8, #139\nsvc #0"
#endif
#define OWN_RESTORER 0x04000000 /* SA_RESTORER of asm/signal.h, which the C library hides */

#define FUNCTION(name, code)                                                                                           \
	".globl " name "\n.type " name ", %function\n" name ":\n" code "\n.size " name ", .-" name "\n"
#define WITH_UNWIND_DATA(code) ".cfi_startproc\n" code "\n.cfi_endproc"

void faulting(void); /* raises SIGILL */
void own_return(void);
/* The byte before each of the two belongs to another function. */
/* clang-format off */
asm(".pushsection .text\n"
    FUNCTION("before_faulting", WITH_UNWIND_DATA("nop"))
    FUNCTION("faulting", WITH_UNWIND_DATA(TRAP))
    FUNCTION("before_own_return", "nop")
    FUNCTION("own_return", SIGNAL_RETURN)
    ".popsection\n");
/* clang-format on */

/* As sigaction(2), but that the handler returns to own_return. */
static inline long handle_with_own_return(int signal, void (*handler)(int, siginfo_t *, void *))
{
	const struct {
		void (*handler)(int, siginfo_t *, void *);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = { handler, SA_SIGINFO | SA_NODEFER | OWN_RESTORER, own_return, 0 };

	return syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

#endif
