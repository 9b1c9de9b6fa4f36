/*
 * A workload of several cases: each argument is one, in words parted by blanks, and gets a process of its own. The
 * ready line has `N=PID` for each, counted from 0, and `N_NAME=VALUE` for what it tells. A case that cannot be made
 * here has the error instead of a process: `N_errno=ERROR`. The line comes when each waits in the call that it has
 * named.
 */
#ifndef CASES_H
#define CASES_H

#include "workload.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define MAX_TOLD 32
#define MAX_DESCRIPTORS 16384

/* Of one case; in memory that its process shares with its parent. */
static struct report {
	pid_t pid;
	atomic_int call;    /* Its number, once the process is about to wait in it; -1 as long as it is not. */
	atomic_int helpers; /* Threads that have something left to do once it waits. */
	atomic_int seen;    /* Waiting, by the parent. */
	int count;
	struct {
		char name[16];
		long value;
	} told[MAX_TOLD];
} * report;

static inline void tell(const char *name, long value)
{
	if (report->count == MAX_TOLD)
		errx(1, "too much to tell");
	snprintf(report->told[report->count].name, sizeof(report->told->name), "%s", name);
	report->told[report->count++].value = value;
}

static inline void cannot(int error)
{
	tell("errno", error);
	_exit(0);
}

static inline void sleep_shortly(void)
{
	struct timespec millisecond = { .tv_nsec = 1000000 };

	nanosleep(&millisecond, NULL);
}

static inline void wait_until(int (*condition)(void))
{
	while (!condition())
		sleep_shortly();
}

/* Off its CPU in that call, or, where /proc is without call numbers, in any. */
static inline int sleeps_in(pid_t tid, int call)
{
	char path[64], line[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return line[0] != 'r' && atoi(line) == call;
}

static inline int main_thread_waits(void)
{
	int call = report->call;

	return call >= 0 && sleeps_in(getpid(), call);
}

/* What comes next is the call in which this thread shall be seen. */
static inline void about_to_wait_in(int call)
{
	report->call = call;
}

/* For something that has to happen while the main thread waits. */
static inline void start_helper(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	report->helpers++;
	if (pthread_create(&thread, NULL, run, argument) != 0)
		errx(1, "pthread_create");
}

static inline void helper_is_done(void)
{
	report->helpers--;
}

static inline void wait_for_case(const struct report *one)
{
	for (;;) {
		if (one->call >= 0 && one->helpers == 0 && sleeps_in(one->pid, one->call))
			return;
		if (waitpid(one->pid, NULL, WNOHANG) == one->pid) {
			if (one->count == 0 || strcmp(one->told[one->count - 1].name, "errno") != 0)
				errx(1, "a case has ended");
			return;
		}
		sleep_shortly();
	}
}

static inline void run_cases(int argc, char **argv, void (*run)(char *words))
{
	struct rlimit limit = { MAX_DESCRIPTORS, MAX_DESCRIPTORS };
	int count = argc - 1;
	struct report *reports =
		mmap(NULL, (count + 1) * sizeof(*reports), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	die_with_parent();
	if (reports == MAP_FAILED || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "memory and descriptors");
	for (int i = 0; i < count; i++) {
		reports[i].call = -1;
		/* Not at once into the shared memory, where the child would write its zero over it. */
		pid_t pid = fork_child();

		if (pid == 0) {
			report = &reports[i];
			run(argv[i + 1]);
			if (!report->seen)
				errx(1, "'%s' does not wait", argv[i + 1]);
			/* What it waited for has failed at the end of the test. */
			wait_for_the_end();
		}
		reports[i].pid = pid;
	}
	for (int i = 0; i < count; i++) {
		wait_for_case(&reports[i]);
		reports[i].seen = 1;
	}
	printf("ready");
	for (int i = 0; i < count; i++) {
		printf(" %d=%d", i, reports[i].pid);
		for (int j = 0; j < reports[i].count; j++)
			printf(" %d_%s=%ld", i, reports[i].told[j].name, reports[i].told[j].value);
	}
	printf("\n");
	fflush(stdout);
	wait_for_the_end();
}

#endif
