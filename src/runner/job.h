/* SPDX-License-Identifier: ISC
 *
 * runner/job.h: one entry in a worker's hand, from the claim to what came of it.
 */
#ifndef RUNNER_JOB_H
#define RUNNER_JOB_H

#include <stdbool.h>

#include "conf/conf.h"
#include "ipc/fate.h"
#include "runner/report.h"
#include "runner/schedule.h"
#include "spool/settle.h"

struct job {
	struct claim claim;
	enum action *action;    /* owned; for each recipient: what this try came to, as far as it is to be told */
	bool         unsynced;  /* a recipient's state is not yet on disk */
	size_t       nawaited;  /* recipients to whom it was not sent: with none left the try is over */
	int          caller;    /* socket of a sendmail that waits; -1: none; owned */
	bool         trace;     /* it wants to see the dialogue */
	bool         tried;     /* a fate has come */
	bool         called;    /* one of a relay that was called for it */
	bool         returned;  /* none has, or will: job_return, not job_finish */
};

/* Takes over a claim and the caller's socket of what was due. */
void job_start(struct job *, struct claim *, const struct due *);

/*
 * Writes down and logs what became of one recipient, and tells the caller.  A fate for a recipient that there is not,
 * or whose fate is known, is ignored: a worker that was taken over can lie about nothing but what it has in its hand.
 */
void job_fate(struct job *, const struct fate *);

/* Puts on disk what job_fate wrote. */
void job_sync(struct job *);

/* Lets go of a job that has no fate yet, as if it had not begun: *due is what was due, but for its time. */
void job_return(struct job *, struct due *due);

/* What follows when a try is over. */
enum ending {
	ENDING_GONE,     /* nothing is left to do: the entry is removed */
	ENDING_HELD,     /* it was refused, and nobody can be told: it stays until somebody releases or removes it */
	ENDING_LATER,    /* due again at due->at */
};

/*
 * Settles the entry: bounces, removes, holds or defers it, and lets go of it.  Without may_hold, which says that there
 * is no room for more that is held, it is removed where it would be held, and the log says what it was.  Fills in *due
 * for ENDING_LATER.  A bounce was made where bounce->id is not "": it is due at bounce->at.
 */
enum ending job_finish(struct job *, const struct conf *, bool may_hold, struct due *due, struct due *bounce);

#endif
