/* SPDX-License-Identifier: ISC */
#include "base/xalloc.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void *
or_exit(void *memory)
{
	if (memory == NULL)
		err(EX_TEMPFAIL, "out of memory");
	return memory;
}

void *
xmalloc(size_t size)
{
	return or_exit(malloc(size));
}

void *
xcalloc(size_t count, size_t size)
{
	return or_exit(calloc(count, size));
}

void *
xreallocarray(void *memory, size_t count, size_t size)
{
	return or_exit(reallocarray(memory, count, size));
}

char *
xstrdup(const char *text)
{
	return or_exit(strdup(text));
}
