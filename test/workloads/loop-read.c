/*
 * Reads a file through a loop device: a kernel thread reads the file, and sticks where the file does. The device goes
 * with this process.
 *
 * Usage: loop-read FILE
 */
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

/* The number of the device; between its choice and its use somebody else may take it. */
static int attach(int file, int *device)
{
	struct loop_config config = { .fd = file, .info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_READ_ONLY };
	int control = open("/dev/loop-control", O_RDWR);
	char path[32];

	for (;;) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		snprintf(path, sizeof(path), "/dev/loop%d", number);
		*device = open(path, O_RDONLY);
		if (*device < 0)
			err(1, "%s", path);
		if (ioctl(*device, LOOP_CONFIGURE, &config) == 0)
			return number;
		if (errno != EBUSY)
			err(1, "LOOP_CONFIGURE");
		close(*device);
	}
}

int main(int argc, char **argv)
{
	int file = argc == 2 ? open(argv[1], O_RDONLY) : -1, device, number;
	char byte;

	die_with_parent();
	if (file < 0)
		err(1, "the file");
	number = attach(file, &device);
	ready("loop=%d", number);
	(void)!read(device, &byte, 1);
	wait_for_the_end();
}
