/* SPDX-License-Identifier: ISC
 *
 * compat/filter.h: which system calls a process may still make (seccomp(2)), by libseccomp.  Built without it nothing
 * is filtered.
 */
#ifndef COMPAT_FILTER_H
#define COMPAT_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

/* A call that is allowed where each test holds: its argument under mask is value; a mask of 0 tests nothing. */
struct filter_call {
	const char *name;
	struct filter_test {
		unsigned argument;
		uint32_t mask, value;
	} test[2];
};

/* Names that this machine does not have are passed over. */
struct filter {
	const char *const        *allowed;   /* these two end with NULL */
	const char *const        *deadly;
	const struct filter_call *tested;
	size_t                    ntested;
};

/*
 * For good, for this process and what it starts: a call that is deadly kills the process, one that is not allowed comes
 * back with ENOSYS.  Returns -1 with why when the kernel or the library will not.
 */
int filter_enter(const struct filter *, struct problem *why);

#endif
