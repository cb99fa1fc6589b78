/* SPDX-License-Identifier: ISC */
#include "dns/reverse.h"

#include "base/ip.h"
#include "lib/unit.h"

#define IP6_48 "1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"

static const struct { const char *address, *name[REVERSE_LEVELS_MAX + 1]; } cases[] = {
	{ "165.154.15.1", { "1.15.154.165.in-addr.arpa", "15.154.165.in-addr.arpa", "154.165.in-addr.arpa" } },
	{ "::ffff:165.154.15.1", { "1.15.154.165.in-addr.arpa", "15.154.165.in-addr.arpa", "154.165.in-addr.arpa" } },
	{ "10.0.255.7", { "7.255.0.10.in-addr.arpa", "255.0.10.in-addr.arpa", "0.10.in-addr.arpa" } },
	{ "100.64.0.1", { "1.0.64.100.in-addr.arpa", "0.64.100.in-addr.arpa", "64.100.in-addr.arpa" } },
	{ "2001:db8:1:203:4567:89ab:cdef:1", {
		"1.0.0.0.f.e.d.c.b.a.9.8.7.6.5.4.3.0.2.0." IP6_48,
		"3.0.2.0." IP6_48,
		"2.0." IP6_48,
		IP6_48,
		"8.b.d.0.1.0.0.2.ip6.arpa" } },
	{ "fd12:3456::1", {
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.5.4.3.2.1.d.f.ip6.arpa",
		"0.0.0.0.0.0.0.0.6.5.4.3.2.1.d.f.ip6.arpa",
		"0.0.0.0.0.0.6.5.4.3.2.1.d.f.ip6.arpa",
		"0.0.0.0.6.5.4.3.2.1.d.f.ip6.arpa",
		"6.5.4.3.2.1.d.f.ip6.arpa" } },
	{ "127.0.0.1", { NULL } },
	{ "::ffff:127.0.0.1", { NULL } },
	{ "::1", { NULL } },
	{ "169.254.1.1", { NULL } },
	{ "fe80::1", { NULL } },
	{ "224.0.0.1", { NULL } },
	{ "ff02::1", { NULL } },
	{ "0.0.0.0", { NULL } },
	{ "::", { NULL } },
	{ "255.255.255.255", { NULL } },
};

/* Hazards D4 and D6. */
START_TEST(names_go_from_the_address_to_its_networks_and_no_further)
{
	struct sockaddr_storage address;
	char                    name[REVERSE_LEVELS_MAX][DNS_NAME_MAX];
	size_t                  n, wanted = 0;

	ck_assert(ip_parse(&address, cases[_i].address, 0));
	n = reverse_names(&address, name);
	for (; cases[_i].name[wanted] != NULL; wanted++)
		if (wanted < n)
			ck_assert_str_eq(name[wanted], cases[_i].name[wanted]);
	ck_assert_uint_eq(n, wanted);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, names_go_from_the_address_to_its_networks_and_no_further, cases);
}
