/* A process in each of the states that a parent can bring its children into. */
#include "workload.h"
#include <pthread.h>
#include <sys/ptrace.h>
#include <time.h>

static void sleep_long(void)
{
	struct timespec long_time = { .tv_sec = 100000 };

	for (;;)
		syscall(SYS_nanosleep, &long_time, NULL);
}

static void wait_until_it_sleeps(pid_t pid)
{
	char path[64], line[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	while (atoi(line) != SYS_nanosleep) {
		FILE *file = fopen(path, "r");

		if (!file || !fgets(line, sizeof(line), file))
			err(1, "%s", path);
		fclose(file);
	}
}

static pid_t make_sleeping(void)
{
	pid_t pid = fork_child();

	if (pid == 0)
		sleep_long();
	wait_until_it_sleeps(pid);
	return pid;
}

static pid_t make_stopped(void)
{
	pid_t pid = make_sleeping();

	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	return pid;
}

/* Stopped by its tracer, in the middle of its sleep. */
static pid_t make_traced(void)
{
	pid_t pid = make_sleeping();

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
		err(1, "ptrace");
	waitpid(pid, NULL, 0);
	return pid;
}

/* Stopped by its tracer in user space, by a trap: it is in no call. */
static pid_t make_trapped(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		for (;;)
			__builtin_trap();
	}
	waitpid(pid, NULL, 0);
	return pid;
}

static pid_t make_zombie(void)
{
	pid_t pid = fork_child();
	siginfo_t info;

	if (pid == 0)
		_exit(0);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	return pid;
}

/* Waits uninterruptibly until the child that shares its memory has gone. */
static pid_t make_disk(void)
{
	int fds[2];
	char one;
	pid_t pid;

	if (pipe(fds) != 0)
		err(1, "pipe");
	pid = fork_child();
	if (pid == 0) {
		if (vfork() == 0) {
			die_with_parent();
			(void)!write(fds[1], "", 1);
			wait_for_the_end();
		}
		_exit(0);
	}
	(void)!read(fds[0], &one, 1);
	return pid;
}

static void *outlive_leader(void *unused)
{
	sleep_long();
	return unused;
}

/* A process whose first thread has ended while another goes on. */
static pid_t make_leaderless(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, outlive_leader, NULL) != 0)
			errx(1, "pthread_create");
		pthread_exit(NULL);
	}
	return pid;
}

int main(void)
{
	pid_t stopped, traced, trapped, zombie, disk, leaderless, sleeping;

	die_with_parent();
	stopped = make_stopped();
	traced = make_traced();
	trapped = make_trapped();
	zombie = make_zombie();
	disk = make_disk();
	leaderless = make_leaderless();
	sleeping = make_sleeping();
	ready("stopped=%d traced=%d trapped=%d zombie=%d disk=%d leaderless=%d sleeping=%d", stopped, traced, trapped,
	      zombie, disk, leaderless, sleeping);
	wait_for_the_end();
}
