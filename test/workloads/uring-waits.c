/*
 * Processes that wait for io_uring requests.
 *
 * Usage: uring-waits CASE…
 * A case is made of set-up flags, requests in their order, and settings:
 *   sqpoll sqe128 cqe32 no_sqarray no_mmap defer   how the ring is made
 *   registered fd_only                             the ring is entered by its registered index; and has no other
 *   high i386                                      by a descriptor above 1023; by a 32-bit call
 *   thread                                         another thread submits
 *   elsewhere                                      another ring has a read in flight
 *   same                                           all entries have the same user_data
 *   read recv recvmsg recv-udp recv-unix recv-server=PORT read-client registered-recv recv-many
 *   accept accept-many poll timeout splice send
 *   file=PATH fixed=PATH registered-file=PATH      direct reads; into a registered buffer; of a registered file
 *   cached=PATH                                    a read through the page cache
 *   done silent message                            completed at once; without an event; an event of another ring
 *   …!                                             by a worker thread
 *   unreaped                                       what has completed stays in the queue
 *   unsubmitted=N                                  entries that the kernel has not been told of
 * Tells fdN for each request, counted from 0, and ring.
 */
#include "call-32bit.h"
#include "ring-requests.h"

#define HIGH_NUMBER 3000

static const struct {
	const char *word;
	unsigned int flags;
} setups[] = {
	{ "sqpoll", IORING_SETUP_SQPOLL },
	{ "sqe128", IORING_SETUP_SQE128 },
	{ "cqe32", IORING_SETUP_CQE32 },
	{ "no_sqarray", IORING_SETUP_NO_SQARRAY },
	{ "no_mmap", IORING_SETUP_NO_MMAP },
	{ "fd_only", IORING_SETUP_NO_MMAP | IORING_SETUP_REGISTERED_FD_ONLY },
	{ "defer", IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER },
};

static unsigned int setup_flags(const char *word)
{
	for (size_t i = 0; i < sizeof(setups) / sizeof(*setups); i++)
		if (!strcmp(word, setups[i].word))
			return setups[i].flags;
	return 0;
}

static void submit_word(struct ring *ring, char *word, int number)
{
	char name[16];
	int by_worker = cut(word, '!') != NULL;
	char *value = cut(word, '=');
	struct io_uring_sqe *entry = request(ring, word, value);

	if (by_worker)
		entry->flags |= IOSQE_ASYNC;
	snprintf(name, sizeof(name), "fd%d", number);
	tell(name, entry->fd);
	submit_entry(ring);
}

static struct ring ring;
static char *words[32];
static int count;

static void submit_all(void)
{
	for (int i = 0, requests = 0; i < count; i++) {
		if (!strcmp(words[i], "message"))
			take_message(&ring);
		else
			submit_word(&ring, words[i], requests++);
	}
}

/* Requests go with the thread that has submitted them, so it stays. */
static void *submit_and_stay(void *unused)
{
	submit_all();
	helper_is_done();
	wait_for_the_end();
	return unused;
}

static int helpers_are_done(void)
{
	return report->helpers == 0;
}

static void submit_elsewhere(void)
{
	struct ring other = make_ring(0);

	request(&other, "read", NULL);
	submit_entry(&other);
}

static void run(char *text)
{
	int same_data = 0, unreaped = 0, by_index = 0, unsubmitted = 0, by_thread = 0, elsewhere = 0, high = 0,
	    by_32bit = 0;
	unsigned int flags = 0;
	const struct {
		const char *word;
		int *set;
	} settings[] = {
		{ "same", &same_data },	  { "unreaped", &unreaped },   { "registered", &by_index },
		{ "thread", &by_thread }, { "elsewhere", &elsewhere }, { "high", &high },
		{ "i386", &by_32bit },
	};

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		int is_setting = setup_flags(word) || sscanf(word, "unsubmitted=%d", &unsubmitted) == 1;

		flags |= setup_flags(word);
		for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
			if (strcmp(word, settings[i].word) != 0)
				continue;
			*settings[i].set = is_setting = 1;
		}
		if (!is_setting)
			words[count++] = word;
	}
	ring = make_ring(flags);
	ring.same_data = same_data;
	if (by_index)
		register_ring(&ring);
	if (high)
		ring.enter_fd = dup2(ring.fd, HIGH_NUMBER);
	tell("ring", ring.enter_fd);
	if (elsewhere)
		submit_elsewhere();
	if (by_thread) {
		start_helper(submit_and_stay, NULL);
		wait_until(helpers_are_done);
	} else {
		submit_all();
	}
	await_completions(&ring, expected);
	if (!unreaped)
		*ring.cq_head = *ring.cq_tail;
	while (unsubmitted-- > 0) {
		next_entry(&ring, IORING_OP_NOP, -1);
		++*ring.sq_tail;
	}
	if (by_32bit)
		call_32bit(SYS_io_uring_enter, ring.enter_fd, 0, completions(&ring) + 1, IORING_ENTER_GETEVENTS, 0);
	about_to_wait_in(SYS_io_uring_enter);
	enter(&ring, 0, completions(&ring) + 1);
}

int main(int argc, char **argv)
{
	run_cases(argc, argv, run);
}
