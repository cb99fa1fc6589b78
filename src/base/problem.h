/* SPDX-License-Identifier: ISC
 *
 * base/problem.h: a failure as a value, from where it happens to where it is read.  The worker's answer, the log,
 * mailq and the bounce all show the same one: the status is for machines, the text for people.
 */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H

#include "base/slice.h"

enum verdict { VERDICT_LATER, VERDICT_NEVER };

struct problem {
	enum verdict verdict;
	char         status[sizeof "5.999.999"];   /* RFC 3463, 2 */
	char         text[512];                    /* one printable line */
};

/*
 * Says what went wrong.  What is not printable ASCII in the text becomes '?' (it may come from a relay), and what is
 * too long is cut.  Always returns -1, so that a caller fails in one line.
 */
int problem_set(struct problem *, enum verdict, const char *status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "prefix: " before the text: the step that failed, said by the caller that knows it.  Returns -1. */
int problem_prefix(struct problem *, const char *prefix);

/* Copies text into a field of size bytes as one line of printable ASCII: every other byte becomes '?'. */
void printable_copy(char *field, size_t size, struct slice text);

#endif
