/* SPDX-License-Identifier: ISC
 *
 * runner/runner.h: salsad's loop: what is due goes to a worker, what a worker says is settled, what is new is noted.
 * It opens no connection and reads no message.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include <signal.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "ipc/packet.h"
#include "runner/network.h"
#include "runner/schedule.h"
#include "runner/worker.h"
#include "spool/spool.h"

enum {
	RUNNER_MAX_SESSIONS = 64,
	RUNNER_MAX_WAITERS  = 16,
	RUNNER_MAX_HELD     = 1000,   /* entries that are held for want of anybody to tell: hazard R16 */
};

struct runner {
	struct conf        *conf;
	const struct spool *spool;
	bool                is_daemon;      /* false: one pass */
	bool                own_only;       /* run by an ordinary user: serves this user's messages alone */
	int                 listener;       /* the submission socket; -1: none */
	bool                may_idle_out;   /* somebody else keeps the listener and starts us again: leave when idle */
	sigset_t            signals;        /* blocked but while the loop waits */

	struct schedule     schedule;
	struct worker       worker[RUNNER_MAX_SESSIONS];
	int                 waiter[RUNNER_MAX_WAITERS];   /* sockets of those who wait for the end of a run */
	size_t              nwaiters;
	int                 notices;        /* from salsa-drop; -1: none */
	struct timespec     drop_again;     /* not to be started before; monotonic */
	bool                run_asked;      /* what the next scan finds, and run_terms select, is due now */
	char                run_terms[PACKET_MAX];   /* of the last run: runner/select.h */
	uid_t               run_uid;        /* who asked for it */
	size_t              run_selected;   /* how many it has selected that run_uid may know of */
	bool                scan_asked;     /* the queue is to be scanned, once scan_again has come */
	struct network      network;        /* of the daemon */
	bool                all_due;        /* at rush_at: all is to be tried */
	bool                anew;           /* and nothing is known of relays any more */
	struct timespec     rush_at;        /* monotonic */
	struct timespec     rush_again;     /* not before; monotonic */
	bool                leaving;        /* no new jobs; the end comes with the last one */
	size_t              nheld;          /* entries that are held, as far as is known */
	struct timespec     scanned;        /* when queue/ last changed before the last scan; wall time */
	struct timespec     scan_again;     /* not before; monotonic */
};

/* In a state that holds nothing yet.  conf and spool stay the caller's. */
void runner_init(struct runner *, struct conf *, const struct spool *);

/* Reads queue/ and schedules what stands there and is not known yet. */
void runner_scan(struct runner *);

/* Reads all notices that have come; for one pass, before its scan. */
void runner_notices(struct runner *);

/* Runs until it is told to leave or, in one pass, until nothing is due. */
void runner_run(struct runner *);
void runner_release(struct runner *);

#endif
