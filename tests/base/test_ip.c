/* SPDX-License-Identifier: ISC */
#include "base/ip.h"

#include <arpa/inet.h>

#include "lib/unit.h"

static const struct { const char *text; enum ip_kind kind; } kinds[] = {
	{ "165.154.15.1", IP_GLOBAL },
	{ "192.0.2.1", IP_GLOBAL },
	{ "172.15.255.255", IP_GLOBAL },
	{ "100.128.0.1", IP_GLOBAL },
	{ "2001:db8::1", IP_GLOBAL },
	{ "2002:c000:201::1", IP_GLOBAL },
	{ "10.1.2.3", IP_PRIVATE },
	{ "172.31.255.255", IP_PRIVATE },
	{ "192.168.0.1", IP_PRIVATE },
	{ "100.127.255.255", IP_PRIVATE },
	{ "fd00::1", IP_PRIVATE },
	{ "::ffff:10.0.0.1", IP_PRIVATE },
	{ "169.254.1.1", IP_LINK_LOCAL },
	{ "fe80::1", IP_LINK_LOCAL },
	{ "127.255.0.1", IP_LOOPBACK },
	{ "::1", IP_LOOPBACK },
	{ "::ffff:127.0.0.1", IP_LOOPBACK },
	{ "0.0.0.0", IP_NO_HOST },
	{ "0.1.2.3", IP_NO_HOST },
	{ "224.0.0.251", IP_NO_HOST },
	{ "255.255.255.255", IP_NO_HOST },
	{ "::", IP_NO_HOST },
	{ "ff02::fb", IP_NO_HOST },
};

START_TEST(every_address_is_of_one_kind)
{
	struct sockaddr_storage ip;

	ck_assert(ip_parse(&ip, kinds[_i].text, 0));
	ck_assert_int_eq(ip_kind(&ip), kinds[_i].kind);
}
END_TEST

static const struct { const char *text, *canonical; } good[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "[192.0.2.1]", "192.0.2.1" },
	{ "2001:DB8:0:0::1", "2001:db8::1" },
	{ "[2001:db8::1]", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "192.0.2.1" },
	{ "fe80::1%lo", "fe80::1%lo" },
};

START_TEST(literal_is_read_and_written_back)
{
	struct sockaddr_storage ip;
	char                    text[IP_TEXT];

	ck_assert(ip_parse(&ip, good[_i].text, 5353));
	ip_format(&ip, text);
	ck_assert_str_eq(text, good[_i].canonical);
	ck_assert_int_eq(((struct sockaddr_in *)&ip)->sin_port, htons(5353));   /* both families keep it here */
}
END_TEST

static const char *const bad[] = {
	"", "[", "[]", "]", "[192.0.2.1", "192.0.2", "192.0.2.1.5", "0300.1.2.3", "127.1", "2130706433", "example.com",
	"2001:db8::1]", "2001:db8:::1", "192.0.2.1 ", " 192.0.2.1", "[[::1]]",
	"[1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111]",
};

START_TEST(what_is_no_literal_is_refused)
{
	struct sockaddr_storage ip;

	ck_assert(!ip_parse(&ip, bad[_i], 25));
	ck_assert_int_eq(ip.ss_family, AF_UNSPEC);
}
END_TEST

START_TEST(wrapping_and_port_make_no_difference)
{
	struct sockaddr_storage a, wrapped = { 0 }, other;
	struct sockaddr_in6    *w = (struct sockaddr_in6 *)&wrapped;

	w->sin6_family = AF_INET6;
	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:192.0.2.1", &w->sin6_addr), 1);
	ck_assert(ip_parse(&a, "192.0.2.1", 25));
	ck_assert(ip_parse(&other, "192.0.2.2", 25));
	ck_assert(ip_same(&a, &wrapped));
	ck_assert(!ip_same(&other, &wrapped));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, every_address_is_of_one_kind, kinds);
	add_table(t, literal_is_read_and_written_back, good);
	add_table(t, what_is_no_literal_is_refused, bad);
	tcase_add_test(t, wrapping_and_port_make_no_difference);
}
