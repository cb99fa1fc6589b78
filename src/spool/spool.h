/* SPDX-License-Identifier: ISC
 *
 * spool/spool.h: the spool directory: queue/ (one file a message), corrupt/ (set aside, never sent, never deleted)
 * and state/ (opinions that may be deleted at any time).
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "base/problem.h"
#include "entry/entry.h"

struct spool {
	char *path;              /* owned */
	int   queue, corrupt;    /* directories */
};

/* Returns -1 with why (VERDICT_LATER) when a directory cannot be opened: what is missing and what to do. */
int spool_open(struct spool *, const char *path, struct problem *why);
void spool_close(struct spool *);

/*
 * Calls visit for the ID of every entry in queue/, complete or not, in no order; a name that is no ID is passed over.
 * Returns -1 with why when the directory cannot be read.
 */
int spool_scan(const struct spool *, void (*visit)(void *, const char *id), void *argument, struct problem *why);

/* Opens one of them to be read, without its lock, and never waits: whatever stands there.  Returns -1 with errno. */
int spool_open_entry(const struct spool *, const char *id);

/* The IDs of all of them, oldest first.  The array is the caller's to free, NULL for none.  Returns as spool_scan. */
int spool_list(const struct spool *, char (**id)[ENTRY_ID_LEN + 1], size_t *n, struct problem *why);

#endif
