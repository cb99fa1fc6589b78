/* SPDX-License-Identifier: ISC
 *
 * runner/runner.h: salsad's loop: what is due goes to a worker, what a worker says is settled, what is new is noted.
 * It opens no connection and reads no message.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "conf/conf.h"
#include "runner/flush.h"
#include "runner/network.h"
#include "runner/pool.h"
#include "runner/run.h"
#include "runner/scan.h"
#include "runner/schedule.h"
#include "spool/spool.h"

enum { RUNNER_MAX_HELD = 1000 };   /* entries that are held for want of anybody to tell: hazard R16 */

struct runner {
	struct conf        *conf;
	const struct spool *spool;
	bool                is_daemon;      /* false: one pass */
	bool                own_only;       /* run by an ordinary user: serves this user's messages alone */
	int                 listener;       /* the submission socket; -1: none */
	bool                may_idle_out;   /* somebody else keeps the listener and starts us again: leave when idle */
	bool                leaving;        /* no new jobs; the end comes with the last one */
	sigset_t            signals;        /* blocked but while the loop waits */
	int                 notices;        /* from salsa-drop; -1: it does not run */
	struct timespec     drop_again;     /* not to be started before; monotonic */
	struct timespec     idle_out;       /* if nothing comes until then; monotonic */
	struct timespec     sweep_again;    /* state/, not before; monotonic */
	struct network      network;        /* of the daemon */
	struct timespec     returned;       /* until then something waits that no worker has tried; monotonic */
	struct schedule     schedule;
	struct pool         pool;
	struct scan         scan;
	struct run          run;
	struct flush        flush;
};

/* In a state that holds nothing yet.  conf and spool stay the caller's. */
void runner_init(struct runner *, struct conf *, const struct spool *);

/* Reads all notices that have come; for one pass, before its scan (runner/scan.h). */
void runner_notices(struct runner *);

/* Runs until it is told to leave or, in one pass, until nothing is due. */
void runner_run(struct runner *);
void runner_release(struct runner *);

#endif
