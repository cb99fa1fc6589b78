/* SPDX-License-Identifier: ISC
 *
 * runner/run.h: a run of the queue that somebody asks for (sendmail -q): who may, what it is for, and who hears of it.
 */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/slice.h"
#include "ipc/packet.h"

struct runner;

enum { RUN_MAX_WAITERS = 16 };

struct run {
	bool   asked;                     /* what the next scan finds, and terms select, is due now */
	char   terms[PACKET_MAX];         /* of the last run: runner/select.h; "": everything */
	uid_t  uid;                       /* who asked for it */
	size_t nselected;                 /* how many messages it has selected that uid may know of */
	int    waiter[RUN_MAX_WAITERS];   /* sockets of those who wait for the end of a run; owned */
	size_t nwaiters;
};

/*
 * Obeys a "run" packet (ipc/packet.h) of which the verb is read already: " UID[ wait][<TAB>TERM ...]".  Takes the
 * asker's socket; -1: none.
 */
void run_ask(struct runner *, struct slice request, int asker);

bool run_selects(void *runner, const char *id);   /* whether the last run is for this message */
void run_scanned(struct runner *);                /* a scan has found what a run is for: those who wait hear how many */
void run_release_waiters(struct runner *);        /* if the run is over: nothing is under way and nothing is due */

#endif
