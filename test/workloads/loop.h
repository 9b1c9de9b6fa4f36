/* A loop device that goes with the process which has made it. */
#ifndef LOOP_H
#define LOOP_H

#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

/* As writable as the file. The number of the device; between its choice and its use somebody else may take it. */
static inline int attach_loop(int file, int mode, int *device)
{
	struct loop_config config = { .fd = file, .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	int control = open("/dev/loop-control", O_RDWR);
	char path[32];

	for (;;) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		snprintf(path, sizeof(path), "/dev/loop%d", number);
		*device = open(path, mode);
		if (*device < 0)
			err(1, "%s", path);
		if (ioctl(*device, LOOP_CONFIGURE, &config) == 0)
			return number;
		if (errno != EBUSY)
			err(1, "LOOP_CONFIGURE");
		close(*device);
	}
}

#endif
