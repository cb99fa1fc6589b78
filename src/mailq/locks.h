/* SPDX-License-Identifier: ISC
 *
 * mailq/locks.h: which files are locked, as /proc/locks has it.  To try a lock would tell as well, but for that moment
 * a runner could not take it: whoever asks often enough would stop the queue.
 */
#ifndef MAILQ_LOCKS_H
#define MAILQ_LOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct locks {
	unsigned long long *inode;   /* owned; of flock(2) locks alone */
	size_t              ninodes;
};

/* Without a /proc nothing is locked. */
void locks_read(struct locks *);
void locks_parse(struct locks *, struct slice proc_locks);
bool locks_have(const struct locks *, unsigned long long inode);
void locks_release(struct locks *);

#endif
