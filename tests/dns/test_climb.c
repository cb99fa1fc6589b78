/* SPDX-License-Identifier: ISC */
#include "dns/climb.h"

#include <limits.h>

#include "base/clock.h"
#include "base/ip.h"
#include "lib/responder.h"
#include "lib/unit.h"

enum { PATIENCE = 20000 };

#define HOST "1.15.154.165.in-addr.arpa"
#define NETWORK "15.154.165.in-addr.arpa"
#define CARRIER "154.165.in-addr.arpa"

#define NONE "rcode 3; soa 900 60"
#define FOUND "mx @ 300 10 noc.tor.hookup.net"

static const struct { const char *host, *network, *carrier; int summit; bool trouble; unsigned ttl; } climbs[] = {
	{ NONE, NONE, FOUND, 2, false, 60 },
	{ NONE, "soa 900 50", FOUND, 2, false, 50 },
	{ NONE, FOUND, FOUND, 1, false, 60 },
	{ FOUND, FOUND, FOUND, 0, false, 300 },
	{ NONE, NONE, NONE, -1, false, 60 },
	/* A null MX ends the climb (hazard D11). */
	{ NONE, "mx @ 300 0 .", FOUND, 1, false, 60 },
	/* Trouble does not, and is remembered (hazard D5). */
	{ "rcode 2", NONE, FOUND, 2, true, 60 },
	{ "rcode 5", "rcode 2", "rcode 2", -1, true, UINT_MAX },
	{ NONE, NONE, "rcode 2", -1, true, 60 },
	/* What lies above the summit does not matter, and is not waited for. */
	{ FOUND, "rcode 2", "rcode 2", 0, false, 300 },
	{ FOUND, "silent 99", "silent 99", 0, false, 300 },
};

static void
open_responder(struct resolver *r, const struct script *script, size_t n)
{
	*r = (struct resolver){ .nservers = 1 };
	ck_assert(ip_parse(&r->server[0], "127.0.0.1", responder_start(script, n)));
}

START_TEST(most_specific_answer_wins)
{
	const struct script     script[] = { { HOST, climbs[_i].host }, { NETWORK, climbs[_i].network },
		    { CARRIER, climbs[_i].carrier } };
	struct timespec         begin = clock_deadline(PATIENCE);
	struct sockaddr_storage address;
	struct resolver         r;
	struct climbs           c;

	open_responder(&r, script, 3);
	ck_assert(ip_parse(&address, "165.154.15.1", 0));
	climbs_ask(&c, &r, &address, 1, clock_deadline(PATIENCE));
	ck_assert_ptr_eq(c.climb[0].summit, climbs[_i].summit < 0 ? NULL : c.climb[0].level[climbs[_i].summit]);
	ck_assert_int_eq(c.climb[0].trouble, climbs[_i].trouble);
	ck_assert_uint_eq(c.climb[0].ttl, climbs[_i].ttl);
	ck_assert_int_gt(clock_left(begin), PATIENCE / 2);
	climbs_release(&c);
}
END_TEST

START_TEST(neighbours_share_the_questions_for_their_network)
{
	const struct script     script[] = { { CARRIER, FOUND } };
	struct sockaddr_storage address[3];
	struct resolver         r;
	struct climbs           c;

	open_responder(&r, script, 1);
	ck_assert(ip_parse(&address[0], "165.154.15.1", 0));
	ck_assert(ip_parse(&address[1], "165.154.15.2", 0));
	ck_assert(ip_parse(&address[2], "127.0.0.1", 0));
	climbs_ask(&c, &r, address, 3, clock_deadline(PATIENCE));
	ck_assert_uint_eq(c.nlookups, 4);
	ck_assert_ptr_eq(c.climb[0].summit, c.climb[1].summit);
	ck_assert_str_eq(c.climb[1].summit->mx[0].host, "noc.tor.hookup.net");
	ck_assert_uint_eq(c.climb[2].nlevels, 0);
	climbs_release(&c);
}
END_TEST

#define SECURE "; ad"

static const struct { const char *host, *network, *carrier; bool trusted, secure; } chains[] = {
	{ NONE SECURE, NONE SECURE, FOUND SECURE, true, true },
	{ NONE SECURE, FOUND SECURE, "rcode 2", true, true },
	{ NONE SECURE, NONE SECURE, FOUND SECURE, false, false },
	{ NONE, NONE SECURE, FOUND SECURE, true, false },
	{ NONE SECURE, NONE SECURE, FOUND, true, false },
	{ NONE SECURE, NONE SECURE, NONE SECURE, true, false },
	/* What fails may be what an attacker made fail (hazard D5). */
	{ NONE SECURE, "rcode 2", FOUND SECURE, true, false },
};

START_TEST(a_climb_is_as_secure_as_its_weakest_level)
{
	const struct script     script[] = { { HOST, chains[_i].host }, { NETWORK, chains[_i].network },
		    { CARRIER, chains[_i].carrier } };
	struct sockaddr_storage address;
	struct resolver         r;
	struct climbs           c;

	open_responder(&r, script, 3);
	r.trusted = chains[_i].trusted;
	ck_assert(ip_parse(&address, "165.154.15.1", 0));
	climbs_ask(&c, &r, &address, 1, clock_deadline(PATIENCE));
	ck_assert_int_eq(c.climb[0].secure, chains[_i].secure);
	climbs_release(&c);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_climb_is_as_secure_as_its_weakest_level, chains);
	add_table(t, most_specific_answer_wins, climbs);
	tcase_add_test(t, neighbours_share_the_questions_for_their_network);
}
