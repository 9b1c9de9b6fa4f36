// SPDX-License-Identifier: MIT
// Says which addresses are in which function, and stays until its input ends. Each line is a name and addresses, leaf
// first; test/support/symbols.ts compiles it in several ways.
#include "faulting.h"
#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#define OUT_OF_LINE __attribute__((noinline, noclone))
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define HERE(pc) asm volatile("lea 0(%%rip), %0" : "=r"(pc))
#elif defined(__aarch64__)
#define HERE(pc) asm volatile("adr %0, ." : "=r"(pc))
#endif

static void *stack[4];

// It is compiled with frame pointers (test/support/symbols.ts).
#pragma GCC diagnostic ignored "-Wframe-address"
OUT_OF_LINE int leaf(int value)
{
	HERE(stack[0]);
	stack[1] = __builtin_return_address(0);
	stack[2] = __builtin_return_address(1);
	stack[3] = __builtin_return_address(2);
	asm volatile("" ::: "memory");
	return value + 1;
}

INLINE int inner(int value)
{
	return leaf(value) * 3;
}

INLINE int middle(int value)
{
	return inner(value) + 5;
}

OUT_OF_LINE int outer(int value)
{
	const int result = middle(value);
	asm volatile("" ::: "memory");
	return result ^ 1;
}

OUT_OF_LINE int caller(int value)
{
	const int result = outer(value);
	asm volatile("" ::: "memory");
	return result + 7;
}

// Its call is its last instruction, so that it returns to what is behind it.
static jmp_buf back;
static void *after_last;

OUT_OF_LINE __attribute__((noreturn)) static void never_returns(void)
{
	after_last = __builtin_return_address(0);
	longjmp(back, 1);
}

OUT_OF_LINE __attribute__((noreturn)) void ends_in_call(void)
{
	never_returns();
}

static void *signal_stack[3];

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	const ucontext_t *interrupted = context;
	HERE(signal_stack[0]);
	signal_stack[1] = __builtin_return_address(0);
#if defined(__x86_64__)
	signal_stack[2] = (void *)interrupted->uc_mcontext.gregs[REG_RIP];
#else
	signal_stack[2] = (void *)interrupted->uc_mcontext.pc;
#endif
	longjmp(back, 1);
}

int main(void)
{
	caller(getpid());
	printf("chain %lx %lx %lx %lx\n", (long)stack[0], (long)stack[1], (long)stack[2], (long)stack[3]);

	if (setjmp(back) == 0)
		ends_in_call();
	printf("end %lx\n", (long)after_last);

	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER };
	sigaction(SIGILL, &action, NULL);
	if (setjmp(back) == 0)
		faulting();
	printf("signal %lx %lx %lx\n", (long)signal_stack[0], (long)signal_stack[1], (long)signal_stack[2]);

	handle_with_own_return(SIGILL, on_signal);
	if (setjmp(back) == 0)
		faulting();
	printf("own %lx %lx %lx\n", (long)signal_stack[0], (long)signal_stack[1], (long)signal_stack[2]);

	void *vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	void *function = vdso ? dlsym(vdso, "__vdso_getcpu") : NULL;
	printf("vdso %lx\n", (long)function);
	printf("ready\n");
	fflush(stdout);
	return getchar() == 'x';
}
