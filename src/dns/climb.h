/* SPDX-License-Identifier: ISC
 *
 * dns/climb.h: from an address up its reverse names to the first that publishes relays as MX records.  All names of all
 * addresses are asked at once; what was asked and answered is kept, so that it can be explained.
 */
#ifndef DNS_CLIMB_H
#define DNS_CLIMB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

#include "dns/lookup.h"
#include "dns/resolver.h"
#include "dns/reverse.h"

enum { CLIMB_ADDRESSES_MAX = 8 };

struct climb {
	struct sockaddr_storage address;
	const struct lookup    *level[REVERSE_LEVELS_MAX];   /* the most specific first */
	size_t                  nlevels;
	const struct lookup    *summit;    /* the first level that says which relays there are, or that none; or NULL */
	bool                    trouble;   /* a level below could not be asked: the summit may be too high */
	bool                    secure;    /* DNSSEC protects the summit, and each 'no' below it */
	unsigned                ttl;       /* seconds: the least of all that was believed */
};

struct climbs {
	struct climb   climb[CLIMB_ADDRESSES_MAX];
	size_t         nclimbs;
	struct lookup *lookup;     /* owned; each name once */
	size_t         nlookups;
};

/* Asks for n addresses (of which the first CLIMB_ADDRESSES_MAX count) until the deadline.  To be released. */
void climbs_ask(struct climbs *, const struct resolver *, const struct sockaddr_storage *address, size_t n,
    struct timespec deadline);
void climbs_release(struct climbs *);

#endif
