/* SPDX-License-Identifier: ISC
 *
 * dns/address.h: the addresses of a relay.
 */
#ifndef DNS_ADDRESS_H
#define DNS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

#include "base/problem.h"
#include "dns/resolver.h"

enum { HOST_ADDRESSES_MAX = 5 };   /* hazard D8 */

struct host_addresses {
	struct sockaddr_storage address[HOST_ADDRESSES_MAX];   /* port 0; families alternate, IPv6 first */
	size_t                  naddresses;
};

/*
 * The addresses of a host that the administrator named: a literal (with or without brackets), /etc/hosts, localhost, or
 * A and AAAA records, asked at once.  What the DNS says is not believed where it names loopback or nobody (hazard D10).
 * Returns -1 with why, always VERDICT_LATER: a name that cannot be resolved is a relay's fault, never a message's.
 */
int dns_addresses(const struct resolver *, const char *host, struct timespec deadline, struct host_addresses *,
    struct problem *why);

/* Whether such a host's addresses come from no DNS: it is a literal or localhost, or stands in /etc/hosts. */
bool dns_is_local(const char *host);

/* A host that the DNS named. */
struct dns_host {
	const char           *name;         /* filled in by whoever asks; not owned */
	struct host_addresses addresses;    /* without those of loopback, of one link, and of nobody */
	bool                  trouble;      /* nobody answered for one of the families: there may be other addresses */
	bool                  secure;       /* DNSSEC protects all the addresses */
	unsigned              ttl;          /* seconds: the least of the answers' */
	char                  words[160];   /* for people, when there is no address: why */
};

/*
 * A and AAAA records of n hosts, asked at once.  Neither literals nor /etc/hosts count.  Where each host has an address
 * of one family, the other is waited for a few seconds only.
 */
void dns_hosts(const struct resolver *, struct dns_host *, size_t n, struct timespec deadline);

#endif
