/* SPDX-License-Identifier: ISC
 *
 * dns/resolver.h: the servers that questions go to.
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/problem.h"

enum { RESOLVER_MAX_SERVERS = 3 };

struct resolver {
	struct sockaddr_storage server[RESOLVER_MAX_SERVERS];
	size_t                  nservers;
	bool                    trusted;   /* its AD bit is believed: a loopback address, or `options trust-ad' */
};

/* From ADDRESS[@PORT], or from /etc/resolv.conf when named is NULL.  Returns -1 with why when there is no server. */
int resolver_open(struct resolver *, const char *named, struct problem *why);

#endif
