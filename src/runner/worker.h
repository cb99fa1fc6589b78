/* SPDX-License-Identifier: ISC
 *
 * runner/worker.h: a salsa-relay, and the messages in its hand.
 */
#ifndef RUNNER_WORKER_H
#define RUNNER_WORKER_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "conf/conf.h"
#include "runner/job.h"

enum { WORKER_MAX_JOBS = 16 };

struct worker {
	pid_t           pid;
	int             socket;     /* owned; -1: no process */
	bool            retired;    /* its configuration is an old one, or it may be dead: no more jobs */
	struct job     *job;        /* owned; those under way, in no order; they move when one more comes */
	size_t          njobs;
	size_t          window;     /* how many it may have: one until its relay has shown that it takes messages */
	bool            outdated;   /* what was known of relays when its jobs began is known no more */
	bool            recalled;   /* what its jobs may be returned for has been heard since they began */
	bool            slow;       /* it says: its relay takes long to answer */
	bool            back;       /* it says: a relay that was down works again, or one was found where none was */
	bool            heard;      /* it says: a relay for which messages were returned has answered, or failed */
	time_t          pause;      /* it says: no relay would be called before; wall time, 0: one would */
	struct timespec deadline;   /* with jobs: for its next word; without: until it is dismissed; monotonic */
};

/*
 * Hands a claim to a worker, which is started if need be.  Returns -1 with why; the claim is then still the caller's.  A
 * worker that has other jobs then gets no more of them: it may have died, and another one can take this.
 */
int worker_assign(struct worker *, const struct conf *, struct claim *, const struct due *, struct problem *why);

bool worker_may_take(const struct worker *);   /* one job more */

/*
 * What a worker has to say.  Returns a job that is over, to be settled with job_finish and then given up with
 * worker_forget; NULL when there is nothing more to read now.  A worker that has died has no job that is not over.
 */
struct job *worker_listen(struct worker *);
/* went_well: a message was taken, and more of them may be at once. */
void worker_forget(struct worker *, struct job *, bool went_well);

/* No more jobs for it: whoever has none leaves now, others after the last one. */
void worker_retire(struct worker *);

/* Lets go of its process: it sees the end of its socket, and leaves. */
void worker_dismiss(struct worker *);
/* Ends a process that has said nothing for too long. */
void worker_kill(struct worker *);

#endif
