/*
 * Processes that wait for descriptors.
 *
 * Usage: waits CASE…
 * A case is a call, then descriptors in the order of its set, and settings:
 *   KIND[=PORT][:EVENTS][@NUMBER][*COUNT][!]   see descriptors.h
 *   nfds=N     what select is told, where it is not one above the highest
 *   spanned    an entry of the poll array lies across the end of a page
 *   unmapped   the memory of the set goes while the call waits
 *   closed     the first descriptor is closed while the call waits
 *   high       the epoll instance has a number above 1023
 * Tells fdN for each descriptor word, counted from 0 (its first, where it has several), ep for an epoll instance, and
 * copy for the number under which a file lives on.
 */
#include "call-32bit.h"
#include "descriptors.h"
#include <sys/select.h>

#define MEMORY_BYTES (256 << 10)
#define PAGE_BYTES 4096
#define HIGH_NUMBER 3000
#define BITMAP_BYTES (MAX_DESCRIPTORS / 8)
#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static struct wanted set[MAX_DESCRIPTORS];
static int set_size, nfds, epoll_fd;
/* Where 32-bit calls can point to. */
static char *memory;
static struct pollfd *polled;
static long *read_bits, *write_bits;

static void fill_poll_array(int offset)
{
	polled = (struct pollfd *)(memory + offset);
	for (int i = 0; i < set_size; i++)
		polled[i] = (struct pollfd){ .fd = set[i].fd, .events = set[i].events };
}

static long *bitmap(int place, int events)
{
	char *bits = memory + place * BITMAP_BYTES;
	int any = 0;

	for (int i = 0; i < set_size; i++) {
		if (!(set[i].events & events))
			continue;
		bits[set[i].fd / 8] |= 1 << set[i].fd % 8;
		any = 1;
	}
	return any ? (long *)bits : NULL;
}

static void fill_epoll(void)
{
	int fires = 0, fd = epoll_create1(0);

	/* Where it was not asked for a number, the one that it has. */
	epoll_fd = epoll_fd ? dup2(fd, epoll_fd) : fd;
	tell("ep", epoll_fd);
	for (int i = 0; i < set_size; i++) {
		struct epoll_event event = { .events = set[i].events, .data.fd = set[i].fd };
		int lasting = set[i].closed ? dup(set[i].fd) : 0;

		if (lasting < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, set[i].fd, &event) != 0)
			err(1, "epoll_ctl");
		if (set[i].closed) {
			close(set[i].fd);
			tell("copy", lasting);
		}
		fires |= set[i].events & (int)EPOLLONESHOT;
	}
	if (fires && syscall(SYS_epoll_pwait, epoll_fd, memory, 1, -1, NULL, 8) != 1)
		err(1, "a first event");
}

/* ---- the calls ---- */

static long call_native(int nr, long a, long b, long c, long d, long e, long f)
{
	about_to_wait_in(nr);
	return syscall(nr, a, b, c, d, e, f);
}

static void wait_in(const char *call)
{
	long array = (long)polled, in = (long)read_bits, out = (long)write_bits, any = (long)memory;

	if (!strcmp(call, "ppoll"))
		call_native(SYS_ppoll, array, set_size, 0, 0, 8, 0);
	else if (!strcmp(call, "pselect6"))
		call_native(SYS_pselect6, nfds, in, out, 0, 0, 0);
	else if (!strcmp(call, "epoll_pwait"))
		call_native(SYS_epoll_pwait, epoll_fd, any, 8, -1, 0, 8);
	else if (!strcmp(call, "epoll_pwait2"))
		call_native(SYS_epoll_pwait2, epoll_fd, any, 8, 0, 0, 8);
#ifdef SYS_poll
	else if (!strcmp(call, "poll"))
		call_native(SYS_poll, array, set_size, -1, 0, 0, 0);
	else if (!strcmp(call, "select"))
		call_native(SYS_select, nfds, in, out, 0, 0, 0);
	else if (!strcmp(call, "epoll_wait"))
		call_native(SYS_epoll_wait, epoll_fd, any, 8, -1, 0, 0);
#endif
	else if (!strcmp(call, "i386:poll"))
		call_32bit(168, array, set_size, -1, 0, 0);
	else if (!strcmp(call, "i386:ppoll_time64"))
		call_32bit(414, array, set_size, 0, 0, 8);
	else if (!strcmp(call, "i386:_newselect"))
		call_32bit(142, nfds, in, out, 0, 0);
	else if (!strcmp(call, "i386:pselect6_time64"))
		call_32bit(413, nfds, in, out, 0, 0);
	else if (!strcmp(call, "i386:epoll_wait"))
		call_32bit(256, epoll_fd, any, 8, -1, 0);
	else
		cannot(ENOSYS);
}

static void *unmap(void *unused)
{
	wait_until(main_thread_waits);
	munmap(memory, MEMORY_BYTES);
	helper_is_done();
	return unused;
}

static void *close_first(void *unused)
{
	wait_until(main_thread_waits);
	close(set[0].fd);
	helper_is_done();
	return unused;
}

static void add_word(char *word, int *words)
{
	char name[16];
	struct wanted *first = &set[set_size];

	set_size += make_wanted(word, first);
	for (struct wanted *one = first; one < &set[set_size]; one++)
		nfds = one->fd >= nfds ? one->fd + 1 : nfds;
	snprintf(name, sizeof(name), "fd%d", (*words)++);
	tell(name, first->fd);
}

static void run(char *text)
{
	const char *call = strtok(text, " ");
	int words = 0, offset = 0, fixed_nfds = -1, unmapped = 0, closed = 0;

	for (char *word = strtok(NULL, " "); word; word = strtok(NULL, " ")) {
		if (!strncmp(word, "nfds=", 5))
			fixed_nfds = atoi(word + 5);
		else if (!strcmp(word, "spanned"))
			offset = PAGE_BYTES - 12;
		else if (!strcmp(word, "unmapped"))
			unmapped = 1;
		else if (!strcmp(word, "closed"))
			closed = 1;
		else if (!strcmp(word, "high"))
			epoll_fd = HIGH_NUMBER;
		else
			add_word(word, &words);
	}
	if (fixed_nfds >= 0)
		nfds = fixed_nfds;
	memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "memory");
	if (strstr(call, "epoll")) {
		fill_epoll();
	} else if (strstr(call, "poll")) {
		fill_poll_array(offset);
	} else {
		read_bits = bitmap(0, POLLIN);
		write_bits = bitmap(1, POLLOUT);
	}
	if (unmapped)
		start_helper(unmap, NULL);
	if (closed)
		start_helper(close_first, NULL);
	wait_in(call);
}

int main(int argc, char **argv)
{
	run_cases(argc, argv, run);
}
