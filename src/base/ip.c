/* SPDX-License-Identifier: ISC */
#include "base/ip.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct range {
	uint8_t      prefix[16];
	unsigned     bits;
	enum ip_kind kind;
};

/* RFC 6890 and what it lists; documentation addresses (RFC 5737, RFC 3849) stand for global ones. */
static const struct range ranges4[] = {
	{ { 10 }, 8, IP_PRIVATE },
	{ { 172, 16 }, 12, IP_PRIVATE },
	{ { 192, 168 }, 16, IP_PRIVATE },
	{ { 100, 64 }, 10, IP_PRIVATE },
	{ { 169, 254 }, 16, IP_LINK_LOCAL },
	{ { 127 }, 8, IP_LOOPBACK },
	{ { 0 }, 8, IP_NO_HOST },
	{ { 224 }, 3, IP_NO_HOST },
};
static const struct range ranges6[] = {
	{ { 0xFC }, 7, IP_PRIVATE },
	{ { 0xFE, 0x80 }, 10, IP_LINK_LOCAL },
	{ { [15] = 1 }, 128, IP_LOOPBACK },
	{ { 0 }, 128, IP_NO_HOST },
	{ { 0xFF }, 8, IP_NO_HOST },
};

static bool
is_in(const struct range *range, const uint8_t *address)
{
	size_t  whole = range->bits / 8;
	uint8_t mask = (uint8_t)(0xFF00 >> range->bits % 8);

	return memcmp(address, range->prefix, whole) == 0 &&
	    (mask == 0 || (address[whole] & mask) == range->prefix[whole]);
}

static enum ip_kind
look_up(const struct range *range, size_t n, const void *address)
{
	for (; n > 0; range++, n--)
		if (is_in(range, address))
			return range->kind;
	return IP_GLOBAL;
}

enum ip_kind
ip_kind(const struct sockaddr_storage *ip)
{
	struct sockaddr_storage bare = *ip;

	ip_unwrap(&bare);
	if (bare.ss_family == AF_INET)
		return look_up(ranges4, sizeof ranges4 / sizeof *ranges4, &((struct sockaddr_in *)&bare)->sin_addr);
	if (bare.ss_family == AF_INET6)
		return look_up(ranges6, sizeof ranges6 / sizeof *ranges6, &((struct sockaddr_in6 *)&bare)->sin6_addr);
	return IP_NO_HOST;
}

/* Takes a pair of brackets away; false when only one is there, or what is inside is too long for an address. */
static bool
unbracket(char inside[IP_TEXT], const char *text)
{
	size_t len = strlen(text);

	if (text[0] == '[') {
		if (text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len >= IP_TEXT)
		return false;
	memcpy(inside, text, len);
	inside[len] = '\0';
	return true;
}

static void
set_port(struct sockaddr_storage *ip, unsigned port)
{
	if (ip->ss_family == AF_INET)
		((struct sockaddr_in *)ip)->sin_port = htons((uint16_t)port);
	else
		((struct sockaddr_in6 *)ip)->sin6_port = htons((uint16_t)port);
}

bool
ip_parse(struct sockaddr_storage *ip, const char *text, unsigned port)
{
	struct addrinfo wanted = { .ai_flags = AI_NUMERICHOST, .ai_family = AF_INET6 }, *result;
	char            inside[IP_TEXT];

	*ip = (struct sockaddr_storage){ 0 };
	if (!unbracket(inside, text))
		return false;
	if (inet_pton(AF_INET, inside, &((struct sockaddr_in *)ip)->sin_addr) == 1) {
		ip->ss_family = AF_INET;
	} else if (strchr(inside, ':') != NULL && getaddrinfo(inside, NULL, &wanted, &result) == 0) {
		memcpy(ip, result->ai_addr, result->ai_addrlen);
		freeaddrinfo(result);
		ip_unwrap(ip);
	} else {
		return false;
	}
	set_port(ip, port);
	return true;
}

void
ip_format(const struct sockaddr_storage *ip, char text[IP_TEXT])
{
	if (getnameinfo((const struct sockaddr *)ip, ip_len(ip), text, IP_TEXT, NULL, 0, NI_NUMERICHOST) != 0)
		strlcpy(text, "?", IP_TEXT);
}

bool
ip_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	struct sockaddr_storage x = *a, y = *b;

	ip_unwrap(&x);
	ip_unwrap(&y);
	if (x.ss_family != y.ss_family)
		return false;
	if (x.ss_family == AF_INET)
		return ((struct sockaddr_in *)&x)->sin_addr.s_addr == ((struct sockaddr_in *)&y)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((struct sockaddr_in6 *)&x)->sin6_addr, &((struct sockaddr_in6 *)&y)->sin6_addr);
}

void
ip_unwrap(struct sockaddr_storage *ip)
{
	struct sockaddr_in6 *wrapped = (struct sockaddr_in6 *)ip;
	struct sockaddr_in   bare = { .sin_family = AF_INET, .sin_port = wrapped->sin6_port };

	if (ip->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&wrapped->sin6_addr))
		return;
	memcpy(&bare.sin_addr, &wrapped->sin6_addr.s6_addr[12], sizeof bare.sin_addr);
	*ip = (struct sockaddr_storage){ 0 };
	memcpy(ip, &bare, sizeof bare);
}

socklen_t
ip_len(const struct sockaddr_storage *ip)
{
	return ip->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

bool
ip_of_interface(struct sockaddr_storage *ip, const struct ifaddrs *interface)
{
	const struct sockaddr *address = interface->ifa_addr;

	*ip = (struct sockaddr_storage){ 0 };
	if ((interface->ifa_flags & IFF_UP) == 0 || address == NULL ||
	    (address->sa_family != AF_INET && address->sa_family != AF_INET6))
		return false;
	ip->ss_family = address->sa_family;
	memcpy(ip, address, ip_len(ip));
	return true;
}

/*
 * Connecting a datagram socket chooses a route and a source address, and sends nothing.  The destinations are far away
 * and nobody's (RFC 5737, RFC 3849): what matters is the way there, the default route.
 */
bool
ip_source(struct sockaddr_storage *from, int family)
{
	struct sockaddr_storage to;
	socklen_t               len = sizeof *from;
	bool                    found;
	int                     fd;

	*from = (struct sockaddr_storage){ 0 };
	ip_parse(&to, family == AF_INET6 ? "2001:db8::1" : "192.0.2.1", 53);
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	found = connect(fd, (struct sockaddr *)&to, ip_len(&to)) == 0 &&
	    getsockname(fd, (struct sockaddr *)from, &len) == 0;
	close(fd);
	((struct sockaddr_in *)from)->sin_port = 0;   /* as in sockaddr_in6 */
	return found;
}
