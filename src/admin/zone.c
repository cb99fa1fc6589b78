/* SPDX-License-Identifier: ISC */
#include "admin/zone.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/ip.h"
#include "dns/host.h"
#include "dns/reverse.h"

enum { TTL_SECONDS = 3600, STEP = 10 /* between preferences */, SPREAD_MAX = 8 /* bits: 256 names */ };

/* Where senders ask, in bits: the places of what reverse_names() writes. */
static const unsigned ipv4_levels[] = { 32, 24, 16 }, ipv6_levels[] = { 128, 64, 56, 48, 32 };

struct network {
	struct sockaddr_storage first;
	unsigned                bits;
};

static unsigned char *
octets_of(struct sockaddr_storage *ip)
{
	if (ip->ss_family == AF_INET)
		return (unsigned char *)&((struct sockaddr_in *)ip)->sin_addr;
	return ((struct sockaddr_in6 *)ip)->sin6_addr.s6_addr;
}

static bool
parse_network(struct network *n, const char *text)
{
	struct slice       rest = SLICE(text), address = slice_cut(&rest, '/');
	char               copy[IP_TEXT];
	unsigned long long bits;
	bool               good;

	snprintf(copy, sizeof copy, "%.*s", SLICE_ARG(address));
	good = ip_parse(&n->first, copy, 0);
	bits = n->first.ss_family == AF_INET ? 32 : 128;
	if (rest.at != NULL && address.len < strlen(text))
		good = good && slice_number(rest, bits, &bits);
	n->bits = (unsigned)bits;
	return good;
}

/* The widest level that is no wider than the network: at each of its names there, all senders of it will ask. */
static int
level_of(const struct network *n, unsigned *width)
{
	bool            is_ipv4 = n->first.ss_family == AF_INET;
	const unsigned *level = is_ipv4 ? ipv4_levels : ipv6_levels;
	int             i = is_ipv4 ? sizeof ipv4_levels / sizeof *level - 1 : sizeof ipv6_levels / sizeof *level - 1;

	while (level[i] < n->bits)
		i--;
	*width = level[i];
	return i;
}

static void
print_name(const char *name, char **host, int nhosts)
{
	for (int i = 0; i < nhosts; i++)
		printf("%s.\t%d\tIN\tMX\t%d %s.\n", name, TTL_SECONDS, (i + 1) * STEP, host[i]);
}

static int
print_network(const struct network *n, char **host, int nhosts)
{
	struct network copy = *n;
	unsigned       width;
	int            level = level_of(n, &width);
	unsigned char *last = &octets_of(&copy.first)[width / 8 - 1], base;
	char           name[REVERSE_LEVELS_MAX][DNS_NAME_MAX];

	if (width - n->bits > SPREAD_MAX) {
		fprintf(stderr, "salsa: senders ask at /%u there, and that would be more than 256 names; name parts of it\n",
		    width);
		return EX_DATAERR;
	}
	base = (unsigned char)(*last & ~((1u << (width - n->bits)) - 1));
	for (unsigned i = 0; i < 1u << (width - n->bits); i++) {
		*last = (unsigned char)(base | i);
		if (reverse_names(&copy.first, name) <= (size_t)level) {
			fprintf(stderr, "salsa: for these addresses no sender asks\n");
			return EX_DATAERR;
		}
		print_name(name[level], host, nhosts);
	}
	return EX_OK;
}

int
admin_zone(int argc, char **argv)
{
	struct network n;

	if (argc < 3 || !parse_network(&n, argv[1])) {
		fprintf(stderr, "usage: salsa zone NETWORK HOST ...    (165.154.0.0/16 noc.tor.hookup.net)\n");
		return EX_USAGE;
	}
	for (int i = 2; i < argc; i++)
		if (!dns_is_host(argv[i])) {   /* as senders look at it */
			fprintf(stderr, "salsa: \"%s\" is no full name of a host\n", argv[i]);
			return EX_DATAERR;
		}
	return print_network(&n, argv + 2, argc - 2);
}
