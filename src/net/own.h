/* SPDX-License-Identifier: ISC
 *
 * net/own.h: the addresses of this host.
 */
#ifndef NET_OWN_H
#define NET_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { OWN_MAX = 8 };

struct own {
	struct sockaddr_storage address[OWN_MAX];   /* port 0 */
	size_t                  naddresses;
};

/*
 * The addresses under which the world may know this host: first those that the kernel would send from, IPv4 before
 * IPv6, then other global ones, then private ones (hazard D13), of interfaces that are up.  However many there are in
 * one network, as temporary ones (RFC 8981), they leave room for those of others.  Asks the kernel alone, and cannot
 * fail: without a network the list is empty.
 */
void own_addresses(struct own *);

/* Whether an address is any of this host's, loopback among them; that of an interface that is down may be another's. */
bool own_has(const struct sockaddr_storage *);

#endif
