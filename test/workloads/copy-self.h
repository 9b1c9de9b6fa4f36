/* A copy of the running program under another name. */
#ifndef COPY_SELF_H
#define COPY_SELF_H

#include "workload.h"
#include <fcntl.h>
#include <sys/sendfile.h>

static inline void copy_self_to(int to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (from < 0)
		err(1, "/proc/self/exe");
	for (;;) {
		ssize_t n = sendfile(to, from, NULL, 1 << 20);

		if (n < 0)
			err(1, "sendfile");
		if (n == 0)
			break;
	}
	close(from);
}

/* Closed for writing again, so that it can be run. */
static inline void copy_self_as(const char *name)
{
	int to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

	if (to < 0)
		err(1, "%s", name);
	copy_self_to(to);
	close(to);
}

#endif
