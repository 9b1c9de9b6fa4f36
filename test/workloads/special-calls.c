/*
 * special-calls CASE: system calls that end in an unusual way. Starts when a line comes on stdin, and what it prints
 * then is `told NUMBER`.
 *   exit       a process with much memory ends, which takes a while
 *   killed     a thread that sleeps when its process ends
 *   exec       a program that executes itself, over and over
 *   exec2      the same by a thread that is not the first, and so gets another id
 *   vfork      waits for a child that sleeps, and tells its process id
 *   restarted  a read that a signal interrupts, and that begins anew
 */
#include "workload.h"
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#define MEMORY_BYTES (384ul << 20)
#define ROUNDS 400

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void end_large(void)
{
	/* Small pages, which take long to free. */
	if (prctl(PR_SET_THP_DISABLE, 1L, 0L, 0L, 0L) != 0)
		err(1, "PR_SET_THP_DISABLE");
	if (mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) ==
	    MAP_FAILED)
		err(1, "mmap");
	_exit(0);
}

static void *sleeps(void *unused)
{
	sleep_ms(100000);
	return unused;
}

static void start(void *(*body)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, argument) != 0)
		errx(1, "pthread_create");
}

static void execute(const char *what, int round)
{
	char number[16];

	if (round >= ROUNDS)
		return;
	snprintf(number, sizeof(number), "%d", round + 1);
	execl("/proc/self/exe", "special-calls", what, number, NULL);
	err(1, "execl");
}

static void *executes(void *round)
{
	execute("exec2", *(int *)round);
	return NULL;
}

static void fork_and_wait(void)
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = vfork();

		if (pid < 0)
			err(1, "vfork");
		if (pid == 0) {
			sleep_ms(50);
			_exit(0);
		}
		printf("told %d\n", pid);
		fflush(stdout);
		waitpid(pid, NULL, 0);
	}
}

static void on_signal(int number)
{
	(void)number;
}

static void read_again(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct itimerval every = { { 0, 50000 }, { 0, 50000 } };
	char byte;
	int fds[2];

	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &every, NULL) != 0 || pipe(fds) != 0)
		err(1, "restarted");
	if (read(fds[0], &byte, 1) != 1)
		err(1, "read");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int round = argc > 2 ? atoi(argv[2]) : 0;
	char line[8];

	die_with_parent();
	if (round == 0) {
		ready("%s", "");
		if (!fgets(line, sizeof(line), stdin))
			return 1;
	}
	if (strcmp(what, "exit") == 0)
		end_large();
	else if (strcmp(what, "exec") == 0)
		execute(what, round);
	else if (strcmp(what, "exec2") == 0)
		start(executes, &round);
	else if (strcmp(what, "vfork") == 0)
		fork_and_wait();
	else if (strcmp(what, "restarted") == 0)
		read_again();
	else if (strcmp(what, "killed") == 0) {
		start(sleeps, NULL);
		sleep_ms(500);
		_exit(0);
	}
	if (round < ROUNDS)
		wait_for_the_end();
}
