/* SPDX-License-Identifier: ISC
 *
 * dns/address.h: the addresses of a relay.
 */
#ifndef DNS_ADDRESS_H
#define DNS_ADDRESS_H

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
 * The addresses of host: a literal (with or without brackets), /etc/hosts, or A and AAAA records, asked at once.
 * Returns -1 with why, always VERDICT_LATER: a name that cannot be resolved is a relay's fault, never a message's.
 */
int dns_addresses(const struct resolver *, const char *host, struct timespec deadline, struct host_addresses *,
    struct problem *why);

#endif
