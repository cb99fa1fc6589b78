/* SPDX-License-Identifier: ISC
 *
 * relay/discover.h: the relays that the network publishes for the addresses of this host, as MX records in the reverse
 * zone: asked for in the DNS, or remembered from the last time.
 */
#ifndef RELAY_DISCOVER_H
#define RELAY_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

enum { DISCOVERY_MAX = 20 };   /* hazard D8 */

struct found {
	char     host[256];
	unsigned preference;
	unsigned rank;          /* of the own address it was found under: 0 is the first */
	char     zone[256];     /* the name whose MX record names it */
};

struct discovery {
	struct found found[DISCOVERY_MAX];
	size_t       nfound;
	bool         trouble;       /* a name could not be looked up: that nothing was found is no 'no' */
	char         words[320];    /* for people, when nothing was found: why */
};

/*
 * Fills in what is published.  state is the spool's state/ directory, in which results are kept for their TTL; -1: do
 * not remember.  Takes at most 10 seconds.
 */
void discover(struct discovery *, const struct conf *, int state);

#endif
