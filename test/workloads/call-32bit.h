/* System calls of the 32-bit table, from 64-bit code. */
#ifndef CALL_32BIT_H
#define CALL_32BIT_H

#include "cases.h"

/* The software interrupt makes the call of that number, whatever the code that it comes from. All must fit 32 bits. */
static inline long call_32bit(int nr, long a, long b, long c, long d, long e)
{
#ifdef __x86_64__
	long result = nr;

	about_to_wait_in(nr);
	/* The sixth argument is in the frame pointer; below the stack pointer may be something of the compiler's. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %%rbp\n\txor %%ebp, %%ebp\n\t"
			 "int $0x80\n\t"
			 "pop %%rbp\n\tlea 128(%%rsp), %%rsp"
			 : "+a"(result)
			 : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11", "cc");
	return result;
#else
	(void)nr, (void)a, (void)b, (void)c, (void)d, (void)e;
	cannot(ENOSYS);
	return -1;
#endif
}

#endif
