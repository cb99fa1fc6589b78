/* SPDX-License-Identifier: ISC */
#include "dns/reverse.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>

#include "base/ip.h"

/* How much of an address is named, in bits. */
static const unsigned levels4[] = { 32, 24, 16 };
static const unsigned levels6[] = { 128, 64, 56, 48, 32 };

static void
name4(char name[DNS_NAME_MAX], const uint8_t *address, unsigned bits)
{
	size_t len = 0;

	for (unsigned octet = bits / 8; octet > 0; octet--)
		len += (size_t)snprintf(name + len, DNS_NAME_MAX - len, "%u.", address[octet - 1]);
	snprintf(name + len, DNS_NAME_MAX - len, "in-addr.arpa");
}

static void
name6(char name[DNS_NAME_MAX], const uint8_t *address, unsigned bits)
{
	size_t len = 0;

	for (unsigned nibble = bits / 4; nibble > 0; nibble--) {
		unsigned octet = address[(nibble - 1) / 2], digit = nibble % 2 == 0 ? octet & 15 : octet >> 4;

		len += (size_t)snprintf(name + len, DNS_NAME_MAX - len, "%x.", digit);
	}
	snprintf(name + len, DNS_NAME_MAX - len, "ip6.arpa");
}

size_t
reverse_names(const struct sockaddr_storage *address, char name[REVERSE_LEVELS_MAX][DNS_NAME_MAX])
{
	struct sockaddr_storage bare = *address;
	enum ip_kind            kind = ip_kind(address);
	size_t                  n = 0;

	if (kind != IP_GLOBAL && kind != IP_PRIVATE)
		return 0;
	ip_unwrap(&bare);
	if (bare.ss_family == AF_INET)
		for (; n < sizeof levels4 / sizeof *levels4; n++)
			name4(name[n], (uint8_t *)&((struct sockaddr_in *)&bare)->sin_addr, levels4[n]);
	else
		for (; n < sizeof levels6 / sizeof *levels6; n++)
			name6(name[n], ((struct sockaddr_in6 *)&bare)->sin6_addr.s6_addr, levels6[n]);
	return n;
}
