/* Locks of fcntl(2), which belong to a process: a child has them for ever. Sockets can be locked, too. */
#ifndef CHILD_LOCK_H
#define CHILD_LOCK_H

#include "workload.h"
#include <fcntl.h>

/* Forks: the child has a copy of every descriptor. */
static inline void lock_by_child(const int *fds, int count)
{
	struct flock lock = { .l_type = F_WRLCK };
	char byte = 0;
	int done[2];

	if (pipe(done) != 0)
		err(1, "pipe");
	if (fork_child() == 0) {
		for (int i = 0; i < count; i++)
			if (fcntl(fds[i], F_SETLK, &lock) != 0)
				err(1, "F_SETLK");
		if (write(done[1], &byte, 1) != 1)
			err(1, "pipe");
		wait_for_the_end();
	}
	close(done[1]);
	if (read(done[0], &byte, 1) != 1)
		errx(1, "the child has no locks");
	close(done[0]);
}

/* Waits for such a lock. */
static void in_fcntl(int fd)
{
	struct flock lock = { .l_type = F_WRLCK };

	fcntl(fd, F_SETLKW, &lock);
}

#endif
