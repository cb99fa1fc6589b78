/* SPDX-License-Identifier: ISC
 *
 * relay/route.h: which relays will carry a message, in the order in which they are tried: by cost, then by the rank of
 * the own address that a relay was found under, then by MX preference; equals are shuffled.
 */
#ifndef RELAY_ROUTE_H
#define RELAY_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "relay/discover.h"

enum { ROUTE_DISCOVERED_COST = 10, ROUTE_DISCOVERED_PORT = 25 };

struct candidate {
	char                  host[256];
	char                  account[256];  /* with its user behind it: what is remembered of them (relay/down.h) is
	                                        not said of another user, whose secret may be right; nor of a message
	                                        that waives TLS, which may pass where others cannot */
	unsigned              port;
	bool                  tls_at_start;
	enum tls_level        tls;
	bool                  named;         /* by the administrator or under DNSSEC: a certificate for host proves
	                                        that it is the right one (hazard D14) */
	unsigned              cost, rank, preference;
	bool                  tls_waived;    /* by the message: what the DNS demands of its TLS does not count */
	uint32_t              lot;           /* drawn for each route: it orders equals */
	const struct section *section;       /* its policy and secret; NULL: discovered, and no section matches */
	struct host_addresses addresses;     /* of a discovered relay; none: its host is still to be looked up */
	char                  own[IP_TEXT];  /* the own address that a discovered one was found for; "" of others */
	char                  origin[320];   /* for people: "MX 10 at 154.165.in-addr.arpa", "relay in line 3" */
};

struct route {
	struct candidate *candidate;   /* owned */
	size_t            ncandidates;
};
#define ROUTE ((struct route){ 0 })

/* The sections of conf are referred to: it must outlive the route. */
void route_make(struct route *, const struct conf *, const struct discovery *);
void route_release(struct route *);

/* Puts host first among its equals: a session that is open already is as good as any of them, and costs nothing. */
void route_favour(struct route *, const char *host, unsigned port);

/* RFC 8689, 4.2.2: for a message that goes rather without TLS than not at all.  What is configured holds. */
void route_waive_tls(struct route *);

/* Whether policy (for, from, refuse) lets a candidate carry mail from sender to recipient. */
bool candidate_carries(const struct candidate *, const char *sender, const char *recipient);
/* Which of these words says that it must not; NULL: none does. */
const char *candidate_objects(const struct candidate *, const char *sender, const char *recipient);

#endif
