/* SPDX-License-Identifier: ISC */
#include "net/own.h"

#include <stdlib.h>

#include "base/ip.h"
#include "lib/unit.h"

START_TEST(own_addresses_are_known_again_and_no_two_are_the_same)
{
	struct own own;

	own_addresses(&own);
	ck_assert_uint_le(own.naddresses, OWN_MAX);
	for (size_t i = 0; i < own.naddresses; i++) {
		enum ip_kind kind = ip_kind(&own.address[i]);

		ck_assert(kind == IP_GLOBAL || kind == IP_PRIVATE);
		ck_assert(own_has(&own.address[i]));
		ck_assert_uint_eq(((struct sockaddr_in *)&own.address[i])->sin_port, 0);
		for (size_t j = 0; j < i; j++)
			ck_assert(!ip_same(&own.address[i], &own.address[j]));
	}
}
END_TEST

static void
assert_own(const char *const *wanted, size_t n)
{
	struct own own;
	char       text[IP_TEXT];

	own_addresses(&own);
	ck_assert_uint_eq(own.naddresses, n);
	for (size_t i = 0; i < n; i++) {
		ip_format(&own.address[i], text);
		ck_assert_str_eq(text, wanted[i]);
	}
}

/* As the temporary addresses of RFC 8981 are, and many that a server has in one network. */
START_TEST(addresses_of_one_network_leave_room_for_those_of_others)
{
	static const char *const all[] = { "198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8:1::1", "2001:db8:1::2",
		"2001:db8:1::3", "2001:db8:1::4", "10.8.0.2" };
	static const char *const most[] = { "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4",
		"2001:db8:2::1", "2001:db8:1::1", "10.8.0.2", "fd00:8::2" };

	if (!unit_network())
		return;
	ck_assert_int_eq(system("for i in 1 2 3; do ip address add 198.51.100.$i/32 dev lo; done;"
	    "for i in 9 8 7 6 5 4 3 2 1; do ip address add 2001:db8:1::$i/128 dev lo; done;"
	    "ip address add 10.8.0.2/32 dev lo"), 0);
	assert_own(all, 8);
	ck_assert_int_eq(system("ip address add 198.51.100.4/32 dev lo; ip address add fd00:8::2/128 dev lo;"
	    "ip address add 2001:db8:2::1/128 dev lo"), 0);
	assert_own(most, 8);
}
END_TEST

START_TEST(the_address_of_an_interface_that_is_down_is_anybodys)
{
	struct sockaddr_storage ip;

	if (!unit_network())
		return;
	ck_assert(ip_parse(&ip, "198.51.100.1", 0));
	ck_assert_int_eq(system("ip address add 198.51.100.1/32 dev lo"), 0);
	ck_assert(own_has(&ip));
	ck_assert_int_eq(system("ip link set lo down"), 0);
	ck_assert(!own_has(&ip));
	assert_own(NULL, 0);
}
END_TEST

static const struct { const char *address; bool own; } cases[] = {
	{ "127.0.0.1", true },
	{ "127.5.5.5", true },
	{ "::1", true },
	{ "::ffff:127.0.0.1", true },
	{ "203.0.113.213", false },
	{ "2001:db8:ffff:ffff::213", false },
	{ "0.0.0.0", false },
};

START_TEST(loopback_is_ours_and_the_world_is_not)
{
	struct sockaddr_storage ip;

	ck_assert(ip_parse(&ip, cases[_i].address, 25));
	ck_assert_int_eq(own_has(&ip), cases[_i].own);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, own_addresses_are_known_again_and_no_two_are_the_same);
	tcase_add_test(t, addresses_of_one_network_leave_room_for_those_of_others);
	tcase_add_test(t, the_address_of_an_interface_that_is_down_is_anybodys);
	add_table(t, loopback_is_ours_and_the_world_is_not, cases);
}
