/* SPDX-License-Identifier: ISC
 *
 * runner/scan.h: the queue directory is read, and what stands there and is not known yet is scheduled.
 */
#ifndef RUNNER_SCAN_H
#define RUNNER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct runner;

struct scan {
	bool            asked;     /* the queue is to be read, once again has come */
	struct timespec again;     /* not before; monotonic: however often somebody asks, a scan has its price */
	struct timespec changed;   /* when queue/ last changed before the last one; wall time */
	time_t          at;        /* when that was; wall time, 0: there was none */
	size_t          nheld;     /* entries that are held for want of anybody to tell, as far as is known */
};

void scan_queue(struct runner *);
void scan_if_asked(struct runner *);
/*
 * In a single pass that has begun with a scan, and that nobody tells what is new: while it waits for a relay, others must
 * not wait for it.
 */
void scan_if_changed(struct runner *);

/*
 * Makes way for a notice of a new entry that the last scan may have found first: it is not scheduled any more.  False:
 * it is in a worker's hand already.
 */
bool scan_make_way(struct runner *, const char *id);

#endif
