/* SPDX-License-Identifier: ISC
 *
 * base/xalloc.h: memory, or the end.  A program that is out of memory says so and exits with EX_TEMPFAIL: nothing
 * was promised yet, or what was promised is on disk; no caller tests for NULL.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *, size_t count, size_t size);
char *xstrdup(const char *);

#endif
