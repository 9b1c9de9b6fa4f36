// SPDX-License-Identifier: MIT
/*
 * walk ROUNDS: walks all tasks with an empty program and with the sampler's in the default view, in turn, and prints
 * both medians in microseconds, as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <linux/types.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "xcapture.h"
#include "task.skel.h"
#include "empty.skel.h"

#define MAX_ROUNDS 1000

static double now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static double walk(struct bpf_link *link)
{
	static char rows[1 << 18];
	double start = now_us();
	int fd = bpf_iter_create(bpf_link__fd(link));

	if (fd < 0) {
		perror("bpf_iter_create");
		exit(1);
	}
	while (read(fd, rows, sizeof(rows)) > 0)
		;
	close(fd);
	return now_us() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

int main(int argc, char **argv)
{
	static double of_empty[MAX_ROUNDS], of_sampler[MAX_ROUNDS];
	int rounds = argc > 1 ? atoi(argv[1]) : 50;
	struct task_bpf *task = task_bpf__open_and_load();
	struct empty_bpf *empty = empty_bpf__open_and_load();
	struct bpf_link *task_link, *empty_link;

	if (!task || !empty || rounds < 1 || rounds > MAX_ROUNDS)
		return 1;
	task_link = bpf_program__attach_iter(task->progs.xcap_sample, NULL);
	empty_link = bpf_program__attach_iter(empty->progs.empty, NULL);
	if (!task_link || !empty_link)
		return 1;
	for (int i = 0; i < rounds; i++) {
		of_empty[i] = walk(empty_link);
		task->bss->xcap_walk.number = i + 1;
		of_sampler[i] = walk(task_link);
	}
	printf("{\"empty_us\":%.1f,\"sampler_us\":%.1f}\n", median(of_empty, rounds), median(of_sampler, rounds));
	bpf_link__destroy(task_link);
	bpf_link__destroy(empty_link);
	task_bpf__destroy(task);
	empty_bpf__destroy(empty);
	return 0;
}
