/* SPDX-License-Identifier: ISC
 *
 * runner/schedule.h: which message is due when: a heap, so that a run costs what is due, not what is stored.
 */
#ifndef RUNNER_SCHEDULE_H
#define RUNNER_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "entry/entry.h"

struct due {
	time_t at;                      /* wall time */
	int    caller;                  /* socket of a sendmail that waits for the verdict; -1: none; owned */
	bool   trace;                   /* the caller wants to see the dialogue */
	bool   put_off;                 /* not for its own sake: no relay would be called for it */
	bool   unread;                  /* its own time could not be read yet */
	char   id[ENTRY_ID_LEN + 1];
};

struct schedule {
	struct due *due;   /* owned; a binary heap: no element is due before its parent */
	size_t      ndue, room;
	time_t      lead;               /* of the wall clock, clock_lead(), when the times were right */
};
#define SCHEDULE ((struct schedule){ 0 })

void schedule_add(struct schedule *, const struct due *);
void schedule_put(struct schedule *, const char *id, time_t at);   /* the same where nobody waits */
/* Takes out the message with this ID, if it is there. */
void schedule_drop(struct schedule *, const char *id);
/* Takes the first that is due at now; of those due together, the oldest message.  Returns false when none is. */
bool schedule_take(struct schedule *, time_t now, struct due *);
/* Seconds from now until the next is due; -1 when there is none. */
long schedule_wait(const struct schedule *, time_t now);
/* Makes everything due at now, or that alone for which wanted is true. */
void schedule_hasten(struct schedule *, time_t now);
void schedule_hasten_some(struct schedule *, time_t now, bool (*wanted)(void *, const char *id), void *argument);
/*
 * Says what clock_lead() is: where the wall clock was set, what waits goes on to wait as long as before, and nothing
 * longer than until latest (hazard F15).
 */
void schedule_follow_clock(struct schedule *, time_t lead, time_t latest);
/* Puts what is due at now off until then, but for that for which a caller waits. */
void schedule_put_off(struct schedule *, time_t now, time_t until);
void schedule_recall(struct schedule *, time_t now);   /* makes due at now what was put off, and nothing else */
void schedule_release(struct schedule *);   /* closes callers' sockets */

#endif
