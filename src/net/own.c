/* SPDX-License-Identifier: ISC */
#include "net/own.h"

#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "base/ip.h"

/* Far away and nobody's (RFC 5737, RFC 3849): what matters is the way there, the default route. */
static const char *const far_away[] = { "192.0.2.1", "2001:db8::1" };

static void
add(struct own *own, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < own->naddresses; i++)
		if (ip_same(&own->address[i], address))
			return;
	if (own->naddresses < OWN_MAX)
		own->address[own->naddresses++] = *address;
}

static void
copy(struct sockaddr_storage *ip, const struct sockaddr *address)
{
	*ip = (struct sockaddr_storage){ 0 };
	if (address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6)) {
		ip->ss_family = address->sa_family;
		memcpy(ip, address, ip_len(ip));
	}
}

/* Connecting a datagram socket chooses a route and a source address, and sends nothing. */
static void
add_source(struct own *own, const char *destination)
{
	struct sockaddr_storage to, from = { 0 };
	socklen_t               len = sizeof from;
	int                     fd;

	if (!ip_parse(&to, destination, 53))
		return;
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&to, ip_len(&to)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&from, &len) == 0 &&
	    (ip_kind(&from) == IP_GLOBAL || ip_kind(&from) == IP_PRIVATE)) {
		((struct sockaddr_in *)&from)->sin_port = 0;   /* as in sockaddr_in6 */
		add(own, &from);
	}
	close(fd);
}

static void
add_interfaces(struct own *own, const struct ifaddrs *interface, enum ip_kind kind)
{
	struct sockaddr_storage ip;

	for (; interface != NULL; interface = interface->ifa_next) {
		copy(&ip, interface->ifa_addr);
		if (ip_kind(&ip) == kind)
			add(own, &ip);
	}
}

void
own_addresses(struct own *own)
{
	struct ifaddrs *interfaces;

	*own = (struct own){ 0 };
	for (size_t i = 0; i < sizeof far_away / sizeof *far_away; i++)
		add_source(own, far_away[i]);
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
	for (const struct ifaddrs *i = interfaces; i != NULL && !has; i = i->ifa_next) {
		copy(&ip, i->ifa_addr);
		has = ip.ss_family != AF_UNSPEC && ip_same(&ip, address);
	}
	freeifaddrs(interfaces);
	return has;
}
