/* SPDX-License-Identifier: ISC
 *
 * dns/reverse.h: the names in the reverse zone under which a network may publish a relay for an address: its own and
 * those of the zones around it, the most specific first.  RFC 1035, 3.5 and RFC 3596, 2.5.
 */
#ifndef DNS_REVERSE_H
#define DNS_REVERSE_H

#include <stddef.h>
#include <sys/socket.h>

#include "dns/lookup.h"

enum { REVERSE_LEVELS_MAX = 5 };

/*
 * Writes the names at /32, /24, /16 of an IPv4 address, or at /128, /64, /56, /48, /32 of an IPv6 one, and never of
 * anything wider (hazard D6).  Returns how many: none for an address that no network can vouch for (hazard D4).
 */
size_t reverse_names(const struct sockaddr_storage *, char name[REVERSE_LEVELS_MAX][DNS_NAME_MAX]);

#endif
