/* Bytes that cannot be given as an argument: those of a test's arguments are always UTF-8. */
#ifndef HEX_H
#define HEX_H

#include "workload.h"

/* Ends with a zero byte, and may have others before. */
static inline char *from_hex(const char *hex)
{
	size_t length = strlen(hex) / 2;
	char *bytes = calloc(length + 1, 1);

	for (size_t i = 0; i < length; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "%s is not hex", hex);
		bytes[i] = byte;
	}
	return bytes;
}

#endif
