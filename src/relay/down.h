/* SPDX-License-Identifier: ISC
 *
 * relay/down.h: relays that are known to be down, so that the next message does not wait for them and ten thousand
 * messages make no ten thousand connections (hazard F16).  An opinion in the spool's state/ directory: any worker may
 * forget it, none must know it.
 */
#ifndef RELAY_DOWN_H
#define RELAY_DOWN_H

#include <stdbool.h>
#include <time.h>

#include "base/problem.h"

enum { DOWN_FIRST_SECONDS = 60, DOWN_LONGEST_SECONDS = 3600 };

struct down {
	time_t         since, until;   /* seconds since 1970 */
	unsigned       failures;       /* since then */
	struct problem why;            /* of the last one */
};

/* Whether a relay is to be left alone now. */
bool down_read(struct down *, int state, const char *host, unsigned port, time_t now);

/* It failed: a pause that doubles with each failure.  One that is already marked by somebody else stays as it is. */
void down_mark(int state, const char *host, unsigned port, const struct problem *, time_t now);

void down_forget(int state, const char *host, unsigned port);   /* it works again */

#endif
