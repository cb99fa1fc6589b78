/* SPDX-License-Identifier: ISC
 *
 * runner/flush.h: everything is to be tried now, whenever it was due: a relay works again or is found, the
 * configuration may name another one, or this host has another place in the network.
 */
#ifndef RUNNER_FLUSH_H
#define RUNNER_FLUSH_H

#include <stdbool.h>
#include <time.h>

struct runner;

struct flush {
	bool            asked;
	bool            anew;         /* and nothing is known of relays any more */
	struct timespec at;           /* when, if it is asked for; monotonic */
	struct timespec latest;       /* that it may become, if more is heard meanwhile */
	struct timespec again;        /* not before */
	struct timespec anew_again;   /* nor, for another network, before this */
	struct timespec calm;         /* a network that changes no more until then is at rest */
	long            pause;        /* milliseconds: the last one between two networks */
};

/* Asks for it.  anew: the network is another one, which comes in many pieces; it begins when they have settled. */
void flush_ask(struct flush *, bool anew);
void flush_if_due(struct runner *);
/* Ends it.  A network that changes all the time, as where containers come and go, has everything tried ever less often. */
void flush_rest(struct flush *);

#endif
