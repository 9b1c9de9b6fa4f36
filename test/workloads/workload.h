/* What every workload has in common: it dies with the test that started it, and says when it is what it should be. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Also after fork and after a change of user, both of which forget it. */
static inline void die_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		err(1, "PR_SET_PDEATHSIG");
}

static inline pid_t fork_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		die_with_parent();
		/* Died before. In a PID namespace of its own a process sees no parent. */
		if (getppid() != parent && getppid() != 0)
			_exit(1);
	}
	return pid;
}

static inline pid_t this_tid(void)
{
	return syscall(SYS_gettid);
}

static inline void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		err(1, "sched_setaffinity to CPU %d", cpu);
}

/* The line that the test waits for: "ready", and what the test has to know, as name=number. */
__attribute__((format(printf, 1, 2))) static inline void ready(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("ready ");
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
}

/* For ever: the test kills it. */
static inline void wait_for_the_end(void)
{
	for (;;)
		pause();
}

#endif
