/* SPDX-License-Identifier: ISC
 *
 * relay/down.h: what is remembered of a relay: that it is down, so that the next message does not wait for it and ten
 * thousand messages make no ten thousand connections (hazard F16), and its last good answer.  Opinions in the spool's
 * state/ directory: any worker may forget them, none must know them.
 *
 *     down.HOST:PORT    since SECONDS until SECONDS failures N STATUS WORDS
 *     good.HOST:PORT    at SECONDS WORDS
 *
 * Of a relay that wants a user, host is the account there (relay/route.h).
 */
#ifndef RELAY_DOWN_H
#define RELAY_DOWN_H

#include <stdbool.h>
#include <time.h>

#include "base/problem.h"

/* With pauses that double, that is 29 calls in the first day at most, and 24 in each day after it. */
enum { DOWN_FIRST_SECONDS = 60, DOWN_LONGEST_SECONDS = 3600 };

struct down {
	time_t         since, until;   /* seconds since 1970 */
	unsigned       failures;       /* since then; one that is under way counts */
	struct problem why;            /* of the last one */
};

struct good {
	time_t at;           /* seconds since 1970 */
	char   words[512];   /* one printable line */
};

/* Whether it is known to be down; also when its pause is over and nobody has tried it since. */
bool down_recall(struct down *, int state, const char *host, unsigned port, time_t now);
/* Whether it is to be left alone now. */
bool down_read(struct down *, int state, const char *host, unsigned port, time_t now);

enum advice {
	ADVICE_CALL,
	ADVICE_SPARE,   /* leave it alone: what is known of it says why */
	ADVICE_WAIT,    /* somebody else has called it, and has had no answer for a second */
};

/*
 * Whether to call it now.  Of those who find its pause over, one may try, and the next pause begins with his try.  Leave
 * *turn (relay/turn.h) in any case, after a call when the relay is marked or cleared: one calls a relay at a time, unless
 * it has answered in the last seconds.
 */
enum advice down_try(struct down *, int state, const char *host, unsigned port, time_t now, int *turn);

/*
 * It failed: a pause that doubles with each failure, with up to a quarter more.  One that has begun already, for others
 * or with a try, stays.  Returns whether a pause began.
 */
bool down_mark(int state, const char *host, unsigned port, const struct problem *, time_t now);

/* It works, and said so in these words.  Returns whether it was known to be down. */
bool down_clear(int state, const char *host, unsigned port, const char *words, time_t now);
bool good_read(struct good *, int state, const char *host, unsigned port);

#endif
