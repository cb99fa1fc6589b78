/* SPDX-License-Identifier: ISC
 *
 * relay/attempt.h: one try to get one message to its recipients: each candidate in turn, until every recipient has a
 * fate.  A recipient is given up only when every relay that would carry it has refused it for good; whatever else goes
 * wrong, it is tried again later (hazards R6 to R8).
 */
#ifndef RELAY_ATTEMPT_H
#define RELAY_ATTEMPT_H

#include <time.h>

#include "conf/conf.h"
#include "entry/entry.h"
#include "ipc/fate.h"
#include "relay/link.h"
#include "relay/route.h"

enum { ATTEMPT_MAX_CALLS = 10 };   /* connections of one try: hazard D8 */

/* What sends one message after the other, and what it has learnt on the way. */
struct client {
	const struct conf *conf;      /* not owned */
	int                state;     /* the spool's state/ directory; -1: none */
	struct link        link;      /* the session that is kept; whoever owns the client ends it */
	bool               careful;   /* a relay did not mean its CHUNKING, or left in a flight: from now on DATA */
	bool               back;      /* since this was false: a relay works that was down, or is found where none was */
	bool               heard;     /* since this was false: a relay has settled what others wait for */
	bool               only_slow; /* the relay at hand is marked down for no more than that it takes long */
	const struct candidate *busy;   /* of the last route: others call it, and messages were given back for it */
	/* Is told each recipient's fate, once, as soon as it is known. */
	void (*settled)(void *argument, const struct entry *, const struct fate *);
	/* Is told that a message is to wait for what others hear of a relay: it was as good as not tried.  NULL: none is. */
	void (*given_back)(void *argument, const struct entry *);
	/* Is told that a relay takes long to answer: it is marked down for others, and waited for all the same. */
	void (*slow)(void *argument);   /* NULL: nobody */
	void              *argument;
};

/* One message in the hand of a worker. */
struct message {
	struct entry entry;
	int          fd;   /* of its file */
};

/*
 * Tries all recipients of n messages that are still queued, each message for itself, though they may share a flight
 * (smtp/flight.h).  nothing says why nothing was discovered, for the words of a message that has no relay.  A
 * configuration with faults sends nothing at all: it might say where not.
 */
void attempt(struct client *, const struct route *, const char *nothing, const struct message *, size_t n);

/*
 * Until when no message at all need be tried, in seconds since 1970, for no relay would be called: each is known to be
 * down, or busy with others, or there is none.  0: one would.
 */
time_t attempt_pause(const struct client *, const struct route *);

#endif
