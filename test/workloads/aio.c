/*
 * Processes that wait for kernel AIO requests, by raw system calls.
 *
 * Usage: aio CASE…
 * A case is made of requests and settings:
 *   poll[*COUNT]        a poll of an empty pipe
 *   read=FILE[*COUNT]   an O_DIRECT read
 *   early=N             the first N are completed and reaped before the wait
 *   late=N              N more are completed during the wait; min=N must keep it waiting
 *   again               waits for the reads, then submits the same iocbs once more
 *   min=N               how many events the wait asks for; 1 by default
 *   thread              another thread submits, on the last CPU; the one that waits is on the first
 *   other               the wait is on a second context, which has no requests
 *   pgetevents          the wait is io_pgetevents
 *   contexts=N          so many other contexts are made before
 * Tells fdN for each request, counted from 0.
 */
#include "cases.h"
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>

#define MAX_REQUESTS 16
#define BLOCK_BYTES 4096

/* What the kernel maps where the context's number says: fs/aio.c, struct aio_ring. */
struct completion_ring {
	unsigned int id, nr, head, tail;
};

static aio_context_t context, other_context;
/* Not among the program's variables: those may be a mapping of its file, which xcapture does not read on every file
   system. */
static struct iocb *requests;
static int write_ends[MAX_REQUESTS];
static int count, done, late;

static void add_poll(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		err(1, "pipe");
	requests[count].aio_lio_opcode = IOCB_CMD_POLL;
	requests[count].aio_fildes = fds[0];
	requests[count].aio_buf = POLLIN;
	write_ends[count++] = fds[1];
}

static void add_read(const char *file)
{
	void *buffer;

	requests[count].aio_lio_opcode = IOCB_CMD_PREAD;
	requests[count].aio_fildes = open(file, O_RDONLY | O_DIRECT);
	if ((int)requests[count].aio_fildes < 0 || posix_memalign(&buffer, BLOCK_BYTES, BLOCK_BYTES) != 0)
		err(1, "%s", file);
	requests[count].aio_buf = (unsigned long)buffer;
	requests[count].aio_nbytes = BLOCK_BYTES;
	requests[count].aio_offset = (long)count * BLOCK_BYTES;
	count++;
}

static void submit(void)
{
	for (int i = 0; i < count; i++) {
		struct iocb *request = &requests[i];

		if (syscall(SYS_io_submit, context, 1, &request) != 1)
			cannot(errno);
	}
}

static void *submit_elsewhere(void *unused)
{
	pin_to_cpu(sysconf(_SC_NPROCESSORS_ONLN) - 1);
	submit();
	return unused;
}

static void submit_in_thread(void)
{
	pthread_t thread;

	pin_to_cpu(0);
	if (pthread_create(&thread, NULL, submit_elsewhere, NULL) != 0)
		errx(1, "pthread_create");
	pthread_join(thread, NULL);
}

static void reap(int events)
{
	static struct io_event reaped[MAX_REQUESTS];

	if (events > 0 && syscall(SYS_io_getevents, context, events, events, reaped, NULL) != events)
		err(1, "io_getevents");
}

/* Completes so many polls more. */
static void complete(int polls)
{
	while (polls-- > 0)
		(void)!write(write_ends[done++], "x", 1);
}

static unsigned int completed(void)
{
	return __atomic_load_n(&((struct completion_ring *)context)->tail, __ATOMIC_ACQUIRE);
}

static void *complete_late(void *unused)
{
	unsigned int before = completed();

	wait_until(main_thread_waits);
	complete(late);
	while (completed() != before + late)
		sleep_shortly();
	helper_is_done();
	return unused;
}

static void run(char *text)
{
	static struct io_event events[MAX_REQUESTS];
	int early = 0, again = 0, min = 1, in_thread = 0, other = 0, contexts = 0, call = SYS_io_getevents;

	requests = calloc(MAX_REQUESTS, sizeof(*requests));
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		char *copies = strrchr(word, '*');
		int times = copies ? atoi(copies + 1) : 1;

		if (copies)
			*copies = 0;
		if (!strcmp(word, "poll"))
			while (times-- > 0)
				add_poll();
		else if (!strncmp(word, "read=", 5))
			while (times-- > 0)
				add_read(word + 5);
		else if (sscanf(word, "early=%d", &early) == 1 || sscanf(word, "late=%d", &late) == 1 ||
			 sscanf(word, "min=%d", &min) == 1 || sscanf(word, "contexts=%d", &contexts) == 1)
			continue;
		else if (!strcmp(word, "again"))
			again = 1;
		else if (!strcmp(word, "thread"))
			in_thread = 1;
		else if (!strcmp(word, "other"))
			other = 1;
		else if (!strcmp(word, "pgetevents"))
			call = SYS_io_pgetevents;
		else
			errx(1, "no '%s'", word);
	}
	for (aio_context_t unused = 0; contexts > 0; contexts--, unused = 0)
		if (syscall(SYS_io_setup, 1, &unused) != 0)
			cannot(errno);
	if (syscall(SYS_io_setup, 64, &context) != 0 || syscall(SYS_io_setup, 64, &other_context) != 0)
		cannot(errno);
	for (int i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "fd%d", i);
		tell(name, requests[i].aio_fildes);
	}
	if (in_thread)
		submit_in_thread();
	else
		submit();
	complete(early);
	reap(early);
	if (again) {
		reap(count);
		submit();
	}
	if (late)
		start_helper(complete_late, NULL);
	about_to_wait_in(call);
	syscall(call, other ? other_context : context, min, MAX_REQUESTS, events, NULL, NULL);
}

int main(int argc, char **argv)
{
	run_cases(argc, argv, run);
}
