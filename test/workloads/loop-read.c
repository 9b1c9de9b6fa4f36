/*
 * Reads a file through a loop device: a kernel thread reads the file, and sticks where the file does. The device goes
 * with this process.
 *
 * Usage: loop-read FILE
 */
#include "loop.h"

int main(int argc, char **argv)
{
	int file = argc == 2 ? open(argv[1], O_RDONLY) : -1, device, number;
	char byte;

	die_with_parent();
	if (file < 0)
		err(1, "the file");
	number = attach_loop(file, O_RDONLY, &device);
	ready("loop=%d", number);
	(void)!read(device, &byte, 1);
	wait_for_the_end();
}
