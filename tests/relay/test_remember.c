/* SPDX-License-Identifier: ISC */
#include "relay/remember.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ip.h"
#include "lib/unit.h"
#include "relay/state.h"

static const char key[] = "www.example.com under 192.0.2.7 2001:db8::7 from 127.0.0.1@53";

static int
open_state(void)
{
	int state = open(unit_directory(), O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(state, 0);
	return state;
}

static void
add_found(struct discovery *d, const char *host, unsigned preference, unsigned rank)
{
	struct found *found = &d->found[d->nfound++];

	*found = (struct found){ .preference = preference, .rank = rank, .dnssec = DNSSEC_RECORDS };
	found->addresses.naddresses = 2;
	strlcpy(found->host, host, sizeof found->host);
	strlcpy(found->zone, "1.0/25.2.0.192.in-addr.arpa", sizeof found->zone);
	ck_assert(ip_parse(&found->addresses.address[0], "2001:db8::25", 0));
	ck_assert(ip_parse(&found->addresses.address[1], "192.0.2.25", 0));
}

START_TEST(what_is_remembered_comes_back_whole)
{
	static struct discovery d, back;
	int                     state = open_state();

	add_found(&d, "noc.tor.hookup.net", 10, 0);
	add_found(&d, "backup.example.com", 65535, 7);
	d.trouble = true;
	remember(&d, state, SLICE(key), clock_now() + 100);
	ck_assert(recall(&back, state, SLICE(key)));
	ck_assert_int_eq(memcmp(&d, &back, sizeof d), 0);
	close(state);
}
END_TEST

START_TEST(that_there_is_nothing_is_remembered_with_its_reason)
{
	static struct discovery d, back;
	int                     state = open_state();

	strlcpy(d.words, "no relay is published at 7.2.0.192.in-addr.arpa up to 0.192.in-addr.arpa", sizeof d.words);
	ck_assert(!remembers_none(state));
	remember(&d, state, SLICE(key), clock_now() + 100);
	ck_assert(recall(&back, state, SLICE(key)));
	ck_assert_int_eq(memcmp(&d, &back, sizeof d), 0);
	ck_assert(remembers_none(state));
	add_found(&d, "noc.tor.hookup.net", 10, 0);
	remember(&d, state, SLICE(key), clock_now() + 100);
	ck_assert(!remembers_none(state));
	close(state);
}
END_TEST

START_TEST(another_network_resolver_or_name_is_asked_anew)
{
	static struct discovery d;
	int                     state = open_state();

	add_found(&d, "noc.tor.hookup.net", 10, 0);
	remember(&d, state, SLICE(key), clock_now() + 100);
	ck_assert(!recall(&d, state, SLICE("www.example.com under 192.0.2.8 2001:db8::7 from 127.0.0.1@53")));
	ck_assert(!recall(&d, state, SLICE("www.example.com under 192.0.2.7 2001:db8::7 from 127.0.0.1@5")));
	ck_assert(!recall(&d, -1, SLICE(key)));
	ck_assert_uint_eq(d.nfound, 0);
	close(state);
}
END_TEST

/* Seconds from now at which what was remembered ends. */
static const struct { long long end; bool good; } ends[] = {
	{ -1, false }, { 0, false }, { 100, true }, { REMEMBER_LONGEST, true }, { REMEMBER_LONGEST + 100, false },
};

START_TEST(nothing_is_remembered_beyond_its_time_or_a_clock_set_back)
{
	static struct discovery d;
	int                     state = open_state();

	add_found(&d, "noc.tor.hookup.net", 10, 0);
	remember(&d, state, SLICE(key), clock_now() + ends[_i].end);
	ck_assert_int_eq(recall(&d, state, SLICE(key)), ends[_i].good);
	close(state);
}
END_TEST

#define RELAY "relay 10 0 0 noc.example.com 2.0.192.in-addr.arpa"
#define GOOD RELAY " 192.0.2.25\n"
#define FIVE GOOD GOOD GOOD GOOD GOOD

static const struct { const char *lines; bool good; } texts[] = {
	{ GOOD, true },
	{ GOOD "trouble\n", true },
	{ "words none\n", true },
	{ "", false },
	{ "trouble\n", false },
	{ "\n", false },
	{ "words\n", false },
	{ "nonsense\n" GOOD, false },
	{ GOOD "trouble and more\n", false },
	{ "relay\n", false },
	{ RELAY "\n", false },
	{ "relay 65536 0 0 noc.example.com 2.0.192.in-addr.arpa 192.0.2.25\n", false },
	{ "relay -1 0 0 noc.example.com 2.0.192.in-addr.arpa 192.0.2.25\n", false },
	{ "relay 10 8 0 noc.example.com 2.0.192.in-addr.arpa 192.0.2.25\n", false },
	{ "relay 10 0 2 noc.example.com 2.0.192.in-addr.arpa 192.0.2.25\n", true },
	{ "relay 10 0 3 noc.example.com 2.0.192.in-addr.arpa 192.0.2.25\n", false },
	{ "relay 10 0 noc.example.com 2.0.192.in-addr.arpa 192.0.2.25\n", false },
	{ "relay 10 0 0 localhost 2.0.192.in-addr.arpa 192.0.2.25\n", false },
	{ RELAY " noc.example.com\n", false },
	{ RELAY " 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6\n", false },
	{ FIVE FIVE FIVE FIVE, true },
	{ FIVE FIVE FIVE FIVE GOOD, false },
};

START_TEST(garbage_is_not_remembered)
{
	static struct discovery d;
	int                     state = open_state();
	struct buf              text = BUF(4096);

	buf_addf(&text, "key %s\nuntil %lld\n%s", key, (long long)clock_now() + 100, texts[_i].lines);
	state_write(state, "found", buf_slice(&text));
	ck_assert_int_eq(recall(&d, state, SLICE(key)), texts[_i].good);
	if (!texts[_i].good)
		ck_assert_uint_eq(d.nfound, 0);
	buf_release(&text);
	close(state);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_is_remembered_comes_back_whole);
	tcase_add_test(t, that_there_is_nothing_is_remembered_with_its_reason);
	tcase_add_test(t, another_network_resolver_or_name_is_asked_anew);
	add_table(t, nothing_is_remembered_beyond_its_time_or_a_clock_set_back, ends);
	add_table(t, garbage_is_not_remembered, texts);
}
