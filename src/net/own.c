/* SPDX-License-Identifier: ISC */
#include "net/own.h"

#include <ifaddrs.h>
#include <string.h>

#include "base/ip.h"

/* Whether both are of one /24 or /64: what is published for the one, but for itself alone, is for the other too. */
static bool
are_neighbours(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	return a->ss_family == AF_INET ?
	    memcmp(&((const struct sockaddr_in *)a)->sin_addr, &((const struct sockaddr_in *)b)->sin_addr, 3) == 0 :
	    memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr, &((const struct sockaddr_in6 *)b)->sin6_addr, 8) == 0;
}

static bool
any_neighbour(const struct own *own, size_t n, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < n; i++)
		if (are_neighbours(&own->address[i], address))
			return true;
	return false;
}

/* For an address of another network the last one goes that has a neighbour before it. */
static void
make_room(struct own *own, const struct sockaddr_storage *address)
{
	size_t i = own->naddresses;

	if (any_neighbour(own, i, address))
		return;
	while (i > 0 && !any_neighbour(own, i - 1, &own->address[i - 1]))
		i--;
	if (i > 0)
		memmove(&own->address[i - 1], &own->address[i], (own->naddresses-- - i) * sizeof *own->address);
}

static void
add(struct own *own, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < own->naddresses; i++)
		if (ip_same(&own->address[i], address))
			return;
	if (own->naddresses == OWN_MAX)
		make_room(own, address);
	if (own->naddresses < OWN_MAX)
		own->address[own->naddresses++] = *address;
}

static void
add_source(struct own *own, int family)
{
	struct sockaddr_storage from;

	if (ip_source(&from, family) && (ip_kind(&from) == IP_GLOBAL || ip_kind(&from) == IP_PRIVATE))
		add(own, &from);
}

static void
add_interfaces(struct own *own, const struct ifaddrs *interface, enum ip_kind kind)
{
	struct sockaddr_storage ip;

	for (; interface != NULL; interface = interface->ifa_next)
		if (ip_of_interface(&ip, interface) && ip_kind(&ip) == kind)
			add(own, &ip);
}

void
own_addresses(struct own *own)
{
	struct ifaddrs *interfaces;

	*own = (struct own){ 0 };
	add_source(own, AF_INET);
	add_source(own, AF_INET6);
	if (getifaddrs(&interfaces) != 0)
		return;
	add_interfaces(own, interfaces, IP_GLOBAL);
	add_interfaces(own, interfaces, IP_PRIVATE);
	freeifaddrs(interfaces);
}

bool
own_has(const struct sockaddr_storage *address)
{
	struct sockaddr_storage ip;
	struct ifaddrs         *interfaces;
	bool                    has = ip_kind(address) == IP_LOOPBACK;

	if (has || getifaddrs(&interfaces) != 0)
		return has;
	for (const struct ifaddrs *i = interfaces; i != NULL && !has; i = i->ifa_next)
		has = ip_of_interface(&ip, i) && ip_same(&ip, address);
	freeifaddrs(interfaces);
	return has;
}
