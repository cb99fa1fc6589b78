/* SPDX-License-Identifier: ISC
 *
 * runner/worker.h: a salsa-relay, and the message in its hand.
 */
#ifndef RUNNER_WORKER_H
#define RUNNER_WORKER_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "conf/conf.h"
#include "runner/job.h"

struct worker {
	pid_t           pid;
	int             socket;     /* owned; -1: no process */
	bool            busy;       /* job is under way */
	bool            retired;    /* its configuration is an old one: no more jobs */
	struct job      job;
	bool            outdated;   /* what was known of relays when job began is known no more */
	bool            slow;       /* it says: its relay takes long to answer */
	bool            back;       /* it says: a relay that was down works again */
	time_t          pause;      /* it says: no relay would be called before; wall time, 0: one would */
	struct timespec deadline;   /* busy: for its next word; idle: until it is dismissed; monotonic */
};

/* Hands a claim to a worker, which is started if need be.  Returns -1 with why; the claim is then still the caller's. */
int worker_assign(struct worker *, const struct conf *, struct claim *, const struct due *, struct problem *why);

/* What a worker has to say: reads all there is.  Returns true when its job is over: settle it with job_finish. */
bool worker_listen(struct worker *);

/* Lets go of its process: it sees the end of its socket, and leaves. */
void worker_dismiss(struct worker *);
/* Ends a process that has said nothing for too long. */
void worker_kill(struct worker *);

#endif
