/*
 * Sits in read(2) on an empty pipe at the end of a chain of calls that it tells the addresses of, leaf first: `frame0`
 * is where the system call returns to, the next ones are where each function returns to.
 *
 * Usage: stacks chain: main calls outer, that middle, that leaf.
 *        stacks deep: main calls a function that calls itself 200 times.
 *        stacks copy FILE: the same as chain, of a copy of the program under that name.
 *        stacks paths COUNT: so many threads, each in a chain of calls of its own.
 *        stacks plain: the same as chain, in functions without frame pointers.
 *        stacks inlined: main calls a function that two others are part of.
 *        stacks signal: the same as chain, in the handler of a signal that a function without frame pointers sends
 * itself.
 *        stacks own-return: the same as signal, where the signal comes at the first instruction of a function, and
 *            the handler returns to the program's own code.
 *        stacks busy: chain, whose leaf sleeps for 20 milliseconds here, and then there.
 */
#include "copy-self.h"
#include "faulting.h"
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAMED __attribute__((noinline, noclone, optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")))

#define DEPTH 200
#define PATH_BITS 14
#define PATH_STACK_BYTES (64 << 10)

extern char after_read[];
static uintptr_t frames[8];
static int count = 1, ends[2];
static bool is_busy;

#define NOTE() frames[count++] = (uintptr_t)__builtin_return_address(0)

static void tell(void)
{
	frames[0] = (uintptr_t)after_read;
	ready("pid=%d frames=%d frame0=%lu frame1=%lu frame2=%lu frame3=%lu frame4=%lu", getpid(), count, frames[0],
	      frames[1], frames[2], frames[3], frames[4]);
}

FRAMED static void here(void)
{
	poll(NULL, 0, 20);
	asm volatile("");
}

FRAMED static void there(void)
{
	poll(NULL, 0, 20);
	asm volatile("");
}

/* No function of the C library is in between. */
FRAMED static void leaf(void)
{
	char byte;

	if (frames[0] == 0) {
		NOTE();
		for (int at = 1; at < count - at; at++) {
			uintptr_t other = frames[at];

			frames[at] = frames[count - at];
			frames[count - at] = other;
		}
		tell();
	}
	while (is_busy) {
		here();
		there();
	}
#if defined(__x86_64__)
	long ret = SYS_read;

	asm volatile("syscall\n.globl after_read\nafter_read:"
		     : "+a"(ret)
		     : "D"((long)ends[0]), "S"(&byte), "d"(1L)
		     : "rcx", "r11", "memory");
#else
	register long nr asm("x8") = SYS_read, fd asm("x0") = ends[0], size asm("x2") = 1;
	register char *to asm("x1") = &byte;

	asm volatile("svc #0\n.globl after_read\nafter_read:" : "+r"(fd) : "r"(nr), "r"(to), "r"(size) : "memory");
#endif
}

FRAMED static void middle(void)
{
	NOTE();
	leaf();
	asm volatile("");
}

FRAMED static void outer(void)
{
	NOTE();
	middle();
	asm volatile("");
}

FRAMED static void deep(int left)
{
	if (left == 0)
		leaf();
	else
		deep(left - 1);
	asm volatile("");
}

static void take(unsigned path, int bit);

FRAMED static void left(unsigned path, int bit)
{
	take(path, bit + 1);
	asm volatile("");
}

FRAMED static void right(unsigned path, int bit)
{
	take(path, bit + 1);
	asm volatile("");
}

FRAMED static void take(unsigned path, int bit)
{
	if (bit == PATH_BITS)
		leaf();
	else if (path >> bit & 1)
		left(path, bit);
	else
		right(path, bit);
	asm volatile("");
}

static void *walk_path(void *path)
{
	take((uintptr_t)path, 0);
	return NULL;
}

static void start_paths(int paths)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PATH_STACK_BYTES);
	frames[0] = 1;
	for (int path = 0; path < paths; path++) {
		pthread_t thread;

		if (pthread_create(&thread, &small, walk_path, (void *)(uintptr_t)path) != 0)
			errx(1, "cannot start thread %d", path);
	}
	ready("pid=%d", getpid());
	wait_for_the_end();
}

#define PLAIN __attribute__((noinline, noclone, optimize("omit-frame-pointer", "no-optimize-sibling-calls")))

PLAIN static void plain_middle(void)
{
	char room[100];

	asm volatile("" : : "r"(room) : "memory");
	NOTE();
	leaf();
	asm volatile("");
}

PLAIN static void plain_outer(void)
{
	char room[300];

	asm volatile("" : : "r"(room) : "memory");
	NOTE();
	plain_middle();
	asm volatile("");
}

PLAIN static void plain_deep(int left)
{
	if (left == 0)
		leaf();
	else
		plain_deep(left - 1);
	asm volatile("");
}

static inline __attribute__((always_inline)) void inlined_inner(void)
{
	leaf();
	asm volatile("");
}

static inline __attribute__((always_inline)) void inlined_outer(void)
{
	inlined_inner();
	asm volatile("");
}

PLAIN static void around_inlined(void)
{
	NOTE();
	inlined_outer();
	asm volatile("");
}

static void handler(int signal)
{
	(void)signal;
	outer();
	asm volatile("");
}

PLAIN static void interrupted(void)
{
	signal(SIGUSR1, handler);
	syscall(SYS_tgkill, getpid(), this_tid(), SIGUSR1);
	asm volatile("");
}

static void own_handler(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	handler(signal);
	asm volatile("");
}

PLAIN static void faults(void)
{
	handle_with_own_return(SIGILL, own_handler);
	faulting();
	asm volatile("");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "chain";

	die_with_parent();
	if (pipe(ends) != 0)
		err(1, "pipe");
	if (!strcmp(mode, "copy")) {
		copy_self_as(argv[2]);
		execl(argv[2], argv[2], "chain", NULL);
		err(1, "%s", argv[2]);
	}
	if (!strcmp(mode, "paths"))
		start_paths(atoi(argv[2]));
	is_busy = !strcmp(mode, "busy");
	if (!strcmp(mode, "deep"))
		deep(DEPTH);
	else if (!strcmp(mode, "plain"))
		plain_outer();
	else if (!strcmp(mode, "plain-deep"))
		plain_deep(DEPTH);
	else if (!strcmp(mode, "inlined"))
		around_inlined();
	else if (!strcmp(mode, "signal"))
		interrupted();
	else if (!strcmp(mode, "own-return"))
		faults();
	else
		outer();
	return 0;
}
