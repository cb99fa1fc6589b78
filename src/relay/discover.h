/* SPDX-License-Identifier: ISC
 *
 * relay/discover.h: the relays that the network publishes for the addresses of this host, as MX records in the reverse
 * zone: asked for in the DNS, or remembered from the last time.
 */
#ifndef RELAY_DISCOVER_H
#define RELAY_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "conf/conf.h"
#include "dns/address.h"
#include "dns/climb.h"

enum { DISCOVERY_MAX = 20 };   /* hazard D8 */

/* What DNSSEC protects of what led to a relay. */
enum dnssec {
	DNSSEC_NOTHING,
	DNSSEC_RECORDS,   /* its MX record and its addresses: its name is what the network says it is */
	DNSSEC_ALL,       /* each 'no' on the way up to the MX record, too */
};

struct found {
	char                  host[256];
	unsigned              preference;
	unsigned              rank;        /* of the own address it was found under: 0 is the first */
	char                  zone[256];   /* the name whose MX record names it */
	enum dnssec           dnssec;
	char                  own[IP_TEXT];   /* that own address */
	struct host_addresses addresses;   /* where it may be called; never none */
};

/* A relay that is published, and not for us. */
struct dropped {
	char host[256];
	char words[160];
};

struct discovery {
	struct found   found[DISCOVERY_MAX];
	size_t         nfound;
	bool           news;          /* there are relays now, and the last time there was none */
	bool           trouble;       /* a name could not be looked up: that nothing was found is no 'no' */
	char           words[320];    /* for people, when nothing was found: why */
	struct dropped dropped[DISCOVERY_MAX];   /* those that were remembered are left out */
	size_t         ndropped;
};

/*
 * Fills in what is published.  state is the spool's state/ directory, in which results are kept for their TTL; -1: do
 * not remember.  Takes at most 10 seconds.
 */
void discover(struct discovery *, const struct conf *, int state);

/* The same, remembering nothing: for people, who want to know what is known, and else what is published. */
void discover_known(struct discovery *, const struct conf *, int state);

/*
 * The same without remembering or believing what was remembered, whatever `discover' says, and with all that was asked
 * (to be released), for people.  only: look under this address instead of the host's own; NULL: under those.
 */
void discover_anew(struct discovery *, struct climbs *, const struct conf *, const struct sockaddr_storage *only);

#endif
