/* SPDX-License-Identifier: ISC
 *
 * mailq/list.h: the queue, message by message, oldest first.  Nothing is locked and nothing changed; of a queue of any
 * length only the IDs are held in memory.
 */
#ifndef MAILQ_LIST_H
#define MAILQ_LIST_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/problem.h"
#include "mailq/format.h"
#include "spool/spool.h"

/* Who looks, and at what.  Everybody sees IDs, sizes, ages and the count: monitors run as nobody. */
struct viewer {
	uid_t uid;   /* sees addresses and reasons of what it submitted */
	bool  all;   /* sees them of all messages */
	bool (*wants)(void *argument, const char *id, const struct entry *);   /* NULL: everything; the entry is NULL
	                                                                          where it cannot be read */
	void *argument;
};

/* Returns -1 with why when the queue cannot be read.  Where nothing is what the viewer wants, nothing is written. */
int list_queue(const struct spool *, struct viewer, const struct format *, FILE *out, struct problem *why);

#endif
