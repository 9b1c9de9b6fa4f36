// SPDX-License-Identifier: MIT
/*
 * calls ROUNDS [none]: what programs on the tracepoints of system calls add to a call, over empty ones: one that reads
 * the clock, those that track calls, and these for somebody else's threads (-p). In turn, for getppid in a loop and for
 * a byte that two threads of one CPU send each other through pipes. A machine drifts by more than is looked for: so
 * each round is short, is compared with the empty one beside it, and the median of these differences counts. Prints
 * nanoseconds of CPU time a call, as JSON. With `none` only what a call costs without programs, for who puts
 * programs there himself.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/types.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "xcapture.h"
#include "clock.skel.h"
#include "sysc.skel.h"

#define MAX_ROUNDS 2000
#define CALLS 40000
#define TURNS 8000

enum what {
	NONE,
	EMPTY,
	CLOCK,
	TRACKED,
	OTHERS,
	WAYS
};
static const char *const names[WAYS] = { "none", "empty", "clock", "tracked", "others" };

static struct clock_bpf *floors;
static struct sysc_bpf *tracked, *others;

static double cpu_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static double getppid_ns(void)
{
	double start = cpu_ns(CLOCK_THREAD_CPUTIME_ID);

	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return (cpu_ns(CLOCK_THREAD_CPUTIME_ID) - start) / CALLS;
}

static int there[2], back[2];

static void pass(int from, int to)
{
	char byte;

	if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
		exit(1);
}

static void *answer(void *unused)
{
	for (int i = 0; i < TURNS; i++)
		pass(there[0], back[1]);
	return unused;
}

static double ping_pong_ns(void)
{
	double start = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
	pthread_t thread;

	pthread_create(&thread, NULL, answer, NULL);
	if (write(there[1], "x", 1) != 1)
		exit(1);
	for (int i = 1; i < TURNS; i++)
		pass(back[0], there[1]);
	pthread_join(thread, NULL);
	if (read(back[0], &(char){ 0 }, 1) != 1)
		exit(1);
	return (cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / (4.0 * TURNS);
}

static struct sysc_bpf *load_tracker(bool claims)
{
	struct sysc_bpf *sysc = sysc_bpf__open();

	if (!sysc)
		exit(1);
	sysc->rodata->xcap_claims = claims;
	if (sysc_bpf__load(sysc))
		exit(1);
	return sysc;
}

static double with_programs(enum what what, double (*measure)(void))
{
	struct bpf_program *exit_of[WAYS] = { NULL, floors->progs.empty_exit, floors->progs.empty_exit,
					      tracked->progs.xcap_sys_exit, others->progs.xcap_sys_exit };
	struct bpf_program *enter_of[WAYS] = { NULL, floors->progs.empty_enter, floors->progs.clock_enter,
					       tracked->progs.xcap_sys_enter, others->progs.xcap_sys_enter };
	struct bpf_link *links[2] = { NULL, NULL };
	double ns;

	if (what != NONE) {
		links[0] = bpf_program__attach(exit_of[what]);
		links[1] = bpf_program__attach(enter_of[what]);
		if (!links[0] || !links[1])
			exit(1);
	}
	ns = measure();
	bpf_link__destroy(links[0]);
	bpf_link__destroy(links[1]);
	return ns;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(double), compare);
	return values[count / 2];
}

static void measure_all(const char *name, double (*measure)(void), int rounds, int ways)
{
	static double ns[WAYS][MAX_ROUNDS], empty[MAX_ROUNDS];

	/* Each way is first in its turn. */
	for (int round = 0; round < rounds; round++)
		for (int turn = 0; turn < ways; turn++) {
			int what = (turn + round) % ways;

			ns[what][round] = with_programs(what, measure);
		}
	memcpy(empty, ns[EMPTY], sizeof(empty));
	for (int what = CLOCK; what < ways; what++)
		for (int round = 0; round < rounds; round++)
			ns[what][round] -= empty[round];
	printf("\"%s\":{", name);
	for (int what = 0; what < ways; what++)
		printf("%s\"%s\":%.1f", what ? "," : "", names[what], median(ns[what], rounds));
	printf("}");
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 150, ways = argc > 2 ? NONE + 1 : WAYS;
	cpu_set_t cpus;

	if (rounds < 1 || rounds > MAX_ROUNDS || pipe(there) || pipe(back))
		return 1;
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	floors = clock_bpf__open_and_load();
	tracked = load_tracker(true);
	others = load_tracker(false);
	if (!floors)
		return 1;
	printf("{");
	measure_all("getppid", getppid_ns, rounds, ways);
	printf(",");
	measure_all("ping_pong", ping_pong_ns, rounds, ways);
	printf("}\n");
	clock_bpf__destroy(floors);
	sysc_bpf__destroy(tracked);
	sysc_bpf__destroy(others);
	return 0;
}
