/* SPDX-License-Identifier: ISC
 *
 * dns/resolver.h: the servers that questions go to.
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/problem.h"

enum { RESOLVER_MAX_SERVERS = 3 };

struct resolver {
	struct sockaddr_storage server[RESOLVER_MAX_SERVERS];
	size_t                  nservers;
	bool                    trusted;   /* its AD bit is believed: loopback addresses alone, or `options trust-ad' */
};

/*
 * From ADDRESS[@PORT], or from /etc/resolv.conf when named is NULL; without one, or where it names no server, it is
 * the local one (resolv.conf(5)).  Returns -1 with why when named is no address.
 */
int resolver_open(struct resolver *, const char *named, struct problem *why);

/* The same from the text of a resolv.conf(5). */
void resolver_parse(struct resolver *, struct slice text);

/* Adds the servers as ADDRESS@PORT, with a blank between: for people, and as the key of what they said. */
void resolver_format(const struct resolver *, struct buf *);

#endif
