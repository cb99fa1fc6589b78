/* SPDX-License-Identifier: ISC
 *
 * base/ip.h: IPv4 and IPv6 addresses in a sockaddr_storage.  An IPv4 address that came wrapped in an IPv6 one
 * (::ffff:192.0.2.1) counts as the IPv4 address that it is.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

enum { IP_TEXT = INET6_ADDRSTRLEN + 16 };   /* room for a scope: fe80::1%eth0 */

enum ip_kind {
	IP_GLOBAL,
	IP_PRIVATE,      /* RFC 1918, RFC 6598 (behind a carrier's NAT), RFC 4193 */
	IP_LINK_LOCAL,
	IP_LOOPBACK,
	IP_NO_HOST,      /* unspecified, multicast, broadcast, reserved: nobody's address */
};
enum ip_kind ip_kind(const struct sockaddr_storage *);

/* Reads an address, with or without brackets; false, *ip zeroed, when the text is none. */
bool ip_parse(struct sockaddr_storage *ip, const char *text, unsigned port);
void ip_format(const struct sockaddr_storage *, char text[IP_TEXT]);   /* without its port */

bool ip_same(const struct sockaddr_storage *, const struct sockaddr_storage *);   /* whatever the port */
void ip_unwrap(struct sockaddr_storage *);                             /* ::ffff:192.0.2.1 becomes 192.0.2.1 */
socklen_t ip_len(const struct sockaddr_storage *);                     /* as bind and connect want it */


/*
 * What getifaddrs(3) has found; false, *ip zeroed, where that is no address, or one of an interface that is down: that is
 * of a network which this host has left.
 */
bool ip_of_interface(struct sockaddr_storage *ip, const struct ifaddrs *);

/* The address that the kernel would send from to the world at large.  False where there is no way there. */
bool ip_source(struct sockaddr_storage *from, int family);

#endif
