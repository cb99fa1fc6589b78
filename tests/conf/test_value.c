/* SPDX-License-Identifier: ISC */
#include "conf/value.h"

#include <stdlib.h>

#include "conf/hostname.h"
#include "lib/unit.h"

static const struct { const char *text; bool good; unsigned seconds; } durations[] = {
	{ "0", true, 0 }, { "30s", true, 30 }, { "5m", true, 300 }, { "4h", true, 14400 }, { "5d", true, 432000 },
	{ "1000d", true, 86400000 }, { "1001d", false, 0 }, { "99999999999d", false, 0 }, { "4", false, 0 },
	{ "h", false, 0 }, { "", false, 0 }, { "4 h", false, 0 }, { "-4h", false, 0 }, { "1.5h", false, 0 },
};

START_TEST(duration_has_a_unit)
{
	unsigned seconds = 0;

	ck_assert_int_eq(value_seconds(SLICE(durations[_i].text), &seconds), durations[_i].good);
	ck_assert_uint_eq(seconds, durations[_i].seconds);
}
END_TEST

static const struct { const char *text; bool good; unsigned long long octets; } sizes[] = {
	{ "512", true, 512 }, { "500K", true, 512000 }, { "50M", true, 52428800 }, { "2G", true, 2147483648 },
	{ "1000G", true, 1000ull << 30 }, { "1001G", false, 0 }, { "18446744073709551616", false, 0 },
	{ "K", false, 0 }, { "5k", false, 0 }, { "", false, 0 },
};

START_TEST(size_is_octets_or_has_a_unit)
{
	unsigned long long octets = 0;

	ck_assert_int_eq(value_octets(SLICE(sizes[_i].text), &octets), sizes[_i].good);
	ck_assert_uint_eq(octets, sizes[_i].octets);
}
END_TEST

static const struct {
	const char    *url, *host;
	unsigned       port;
	bool           start;
	enum tls_level tls;
	const char    *user;
} urls[] = {
	{ "smtp.clear.net.nz", "smtp.clear.net.nz", 25, false, TLS_MAY, NULL },
	{ "a:2525", "a", 2525, false, TLS_MAY, NULL },
	{ "SMTP://a", "a", 25, false, TLS_MAY, NULL },
	{ "submission://joe@a", "a", 587, false, TLS_VERIFY, "joe" },
	{ "submissions://joe@example.org@a:4465", "a", 4465, true, TLS_VERIFY, "joe@example.org" },
	{ "[2001:db8::1]", "2001:db8::1", 25, false, TLS_MAY, NULL },
	{ "smtp://[2001:db8::1]:26", "2001:db8::1", 26, false, TLS_MAY, NULL },
	{ "192.0.2.1:26", "192.0.2.1", 26, false, TLS_MAY, NULL },
	{ "2001:db8::1", NULL, 0, false, 0, NULL },
	{ "[2001:db8::1", NULL, 0, false, 0, NULL },
	{ "[2001:db8::1]26", NULL, 0, false, 0, NULL },
	{ "[a]", NULL, 0, false, 0, NULL },
	{ "smtp://", NULL, 0, false, 0, NULL },
	{ "smtp://@a", NULL, 0, false, 0, NULL },
	{ "smtp://a/", NULL, 0, false, 0, NULL },
	{ "a:", NULL, 0, false, 0, NULL },
	{ "a:0", NULL, 0, false, 0, NULL },
	{ "a:65536", NULL, 0, false, 0, NULL },
	{ "a.", NULL, 0, false, 0, NULL },
	{ "joe:secret@a", NULL, 0, false, 0, NULL },
	{ "https://a", NULL, 0, false, 0, NULL },
	{ "", NULL, 0, false, 0, NULL },
	{ "[", NULL, 0, false, 0, NULL },
};

START_TEST(relay_is_a_url_of_a_registered_service)
{
	struct section s = { 0 };

	ck_assert_int_eq(value_relay(SLICE(urls[_i].url), &s), urls[_i].host != NULL);
	ck_assert_pstr_eq(s.name, urls[_i].host);
	ck_assert_pstr_eq(s.user, urls[_i].user);
	ck_assert_uint_eq(s.port, urls[_i].port);
	ck_assert_int_eq(s.tls_at_start, urls[_i].start);
	ck_assert_int_eq(s.tls, urls[_i].tls);
	free(s.name);
	free(s.user);
}
END_TEST

static const struct { const char *text; bool host, address, mailbox, resolver; } kinds[] = {
	{ "www1.example.com", true, false, false, false },
	{ "_a.example", true, false, false, false },
	{ "192.0.2.1", true, true, false, true },
	{ "2001:db8::1", false, true, false, true },
	{ "2001:db8::1@53", false, false, true, true },
	{ "127.0.0.1@5353", false, false, true, true },
	{ "127.0.0.1@", false, false, false, false },
	{ "ops@example.com", false, false, true, false },
	{ "o ps@example.com", false, false, false, false },
	{ "<ops@example.com>", false, false, false, false },
	{ "@example.com", false, false, false, false },
	{ "ops@", false, false, false, false },
	{ "a..b", false, false, false, false },
	{ ".a", false, false, false, false },
	{ "a-", false, false, false, false },
	{ "a/b", false, false, false, false },
	{ "", false, false, false, false },
	{ "a23456789012345678901234567890123456789012345678901234567890123", true, false, false, false },
	{ "a234567890123456789012345678901234567890123456789012345678901234", false, false, false, false },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", false, false, false, false },
};

START_TEST(each_kind_of_value_is_told_from_the_others)
{
	struct slice s = SLICE(kinds[_i].text);

	ck_assert_int_eq(value_is_host(s), kinds[_i].host);
	ck_assert_int_eq(value_is_address(s), kinds[_i].address);
	ck_assert_int_eq(value_is_mailbox(s), kinds[_i].mailbox);
	ck_assert_int_eq(value_is_resolver(s), kinds[_i].resolver);
}
END_TEST

static const struct { const char *hosts, *full; } hosts[] = {
	{ "127.0.0.1 localhost\n127.0.1.1 www1.example.com www1\n", "www1.example.com" },
	{ "192.0.2.1\tWWW1\twww1.example.com  alias.example.com\n", "www1.example.com" },
	{ "192.0.2.1 www1\n192.0.2.1 www1 www1.example.net", "www1.example.net" },
	{ "#192.0.2.1 www1.example.com www1\n192.0.2.2 a.example.com # www1\n", "" },
	{ "192.0.2.1 www1.example.com www\n", "" },
	{ "192.0.2.1 bad/.name www1\n", "" },
	{ "127.0.0.1 localhost.localdomain localhost www1\n192.0.2.1 www1.example.com www1\n", "www1.example.com" },
	{ "www1\n\n", "" },
	{ "", "" },
};

START_TEST(full_name_stands_beside_the_short_one_in_hosts)
{
	struct slice full = hostname_in_hosts(SLICE(hosts[_i].hosts), SLICE("www1"));

	ck_assert(slice_equal(full, SLICE(hosts[_i].full)));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, duration_has_a_unit, durations);
	add_table(t, size_is_octets_or_has_a_unit, sizes);
	add_table(t, relay_is_a_url_of_a_registered_service, urls);
	add_table(t, each_kind_of_value_is_told_from_the_others, kinds);
	add_table(t, full_name_stands_beside_the_short_one_in_hosts, hosts);
}
