/* SPDX-License-Identifier: ISC */
#include "net/own.h"

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
	add_table(t, loopback_is_ours_and_the_world_is_not, cases);
}
