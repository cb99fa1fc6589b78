/* SPDX-License-Identifier: ISC */
#include "relay/eligible.h"

#include <string.h>

#include "base/ip.h"
#include "lib/unit.h"

/* Relays "a" and "b" that were found under one own address; 127.0.0.1 is one of this host. */
static const struct { const char *address[2]; unsigned preference[2]; const char *kept, *words; } cases[] = {
	{ { "198.51.100.76", "198.51.100.77" }, { 10, 10 }, "ab", NULL },
	{ { "198.51.100.76", NULL }, { 10, 10 }, "a", "no such name" },
	{ { "10.0.0.1", "198.51.100.77" }, { 10, 10 }, "ab", NULL },   /* the own address is no interface's: there is a NAT */
	{ { "127.0.0.1", "198.51.100.77" }, { 20, 10 }, "b", "this host itself" },
	{ { "127.0.0.1", "198.51.100.77" }, { 10, 10 }, "", "this host itself" },
	{ { "198.51.100.76", "127.0.0.1" }, { 20, 10 }, "", "MX 20, and this host is MX 10 of the same name" },
};

static void
find(struct discovery *d, char name, const char *address, unsigned preference)
{
	struct found *found = &d->found[d->nfound++];

	found->host[0] = name;
	found->preference = preference;
	if (address != NULL && ip_parse(&found->addresses.address[0], address, 0))
		found->addresses.naddresses = 1;
}

START_TEST(mail_goes_to_better_relays_than_this_host_and_never_back)
{
	static struct discovery d;
	struct dns_host         host[2] = { { .words = "no such name" }, { .words = "no such name" } };
	struct conf             conf = { .hostname = (char[]){ "www1.example.com" } };
	static struct lookup    summit = { .nrecords = 2 };
	static struct climbs    climbs = { .nclimbs = 1, .climb[0].summit = &summit };
	char                    kept[3] = "";

	ck_assert(ip_parse(&climbs.climb[0].address, "203.0.113.7", 0));
	for (size_t i = 0; i < 2; i++) {
		find(&d, "ab"[i], cases[_i].address[i], cases[_i].preference[i]);
		summit.mx[i] = (struct mx){ .preference = cases[_i].preference[i], .host[0] = "ab"[i] };
	}
	eligible_choose(&d, &conf, &climbs, host);
	for (size_t i = 0; i < d.nfound; i++)
		kept[i] = d.found[i].host[0];
	ck_assert_str_eq(kept, cases[_i].kept);
	ck_assert_uint_eq(d.nfound + d.ndropped, 2);
	ck_assert_pstr_eq(d.ndropped > 0 ? d.dropped[0].words : NULL, cases[_i].words);
}
END_TEST

START_TEST(where_dnssec_is_demanded_it_protects_all_that_led_there)
{
	static struct discovery d;
	struct conf             conf;

	conf_parse(&conf, SLICE("discovered a\ndnssec required\n"));
	for (size_t i = 0; i < 4; i++)
		find(&d, "aaab"[i], "198.51.100.76", 10);
	d.found[0].dnssec = DNSSEC_ALL;
	d.found[1].dnssec = DNSSEC_RECORDS;
	eligible_demand_dnssec(&d, &conf);
	ck_assert_uint_eq(d.nfound, 2);
	ck_assert_int_eq(d.found[0].dnssec, DNSSEC_ALL);
	ck_assert_str_eq(d.found[1].host, "b");
	ck_assert_uint_eq(d.ndropped, 2);
	conf_release(&conf);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, mail_goes_to_better_relays_than_this_host_and_never_back, cases);
	tcase_add_test(t, where_dnssec_is_demanded_it_protects_all_that_led_there);
}
