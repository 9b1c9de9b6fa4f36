// SPDX-License-Identifier: MIT
/* threads N: N threads that sleep in pause(2) until this program is killed, or its parent goes. Says "ready". */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0;
	pthread_attr_t attributes;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	/* The main thread is one of them. */
	for (long i = 1; i < count; i++) {
		if (pthread_create(&thread, &attributes, wait_for_ever, NULL) != 0) {
			perror("pthread_create");
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	wait_for_ever(NULL);
}
