/* SPDX-License-Identifier: ISC
 *
 * conf/pattern.h: lists of patterns as for, from, refuse and discovered take them.
 */
#ifndef CONF_PATTERN_H
#define CONF_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct patterns {
	char  **pattern;   /* owned, and each one owned; "!" in front negates */
	size_t  npatterns;
};

void patterns_add(struct patterns *, struct slice pattern);   /* copies */
void patterns_release(struct patterns *);

/*
 * Whether the list covers a name.  Patterns are shell globs (fnmatch(3)) without regard to case.  A name is covered
 * when a plain pattern matches it and no negated one does; a list of negated patterns alone covers all the others.
 * An empty list covers nothing.
 */
bool patterns_cover(const struct patterns *, const char *name);

/* The same for a mailbox: a pattern with an '@' is held against all of it, any other against its domain. */
bool patterns_cover_mailbox(const struct patterns *, const char *mailbox);

#endif
