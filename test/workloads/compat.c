/* A 64-bit program that sleeps in a 32-bit system call: pause, which is 29 there and 34 in its own table. */
#include "workload.h"

int main(void)
{
	die_with_parent();
	ready("pid=%d", getpid());
#ifdef __x86_64__
	for (;;) {
		long result = 29;

		__asm__ volatile("int $0x80" : "+a"(result) : "b"(0x11L), "c"(0x12L), "d"(0x13L) : "memory");
	}
#else
	wait_for_the_end();
#endif
}
