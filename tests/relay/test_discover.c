/* SPDX-License-Identifier: ISC */
#include "relay/discover.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ip.h"
#include "lib/responder.h"
#include "lib/unit.h"
#include "relay/state.h"

#define HOSTS \
	{ "a:a.example.com", "a @ 300 192.0.2.1" }, { "aaaa:a.example.com", "" }, \
	{ "a:b.example.com", "a @ 300 10.0.0.1" }, { "aaaa:b.example.com", "" }, \
	{ "a:www.example.com", "a @ 300 192.0.2.80" }, { "aaaa:www.example.com", "" }, \
	{ "a:half.example.com", "a @ 3600 198.51.100.1" }, { "aaaa:half.example.com", "rcode 2" }, \
	{ "a:trap.example.com", "a @ 300 127.0.0.1" }, { "aaaa:trap.example.com", "" }, \
	{ "gone.example.com", "rcode 3" }, { "broken.example.com", "rcode 2" }

static char resolver[64];

static struct conf
open_conf(const struct script *script, size_t n)
{
	snprintf(resolver, sizeof resolver, "127.0.0.1@%u", responder_start(script, n));
	return (struct conf){ .discover = true, .hostname = "www.example.com", .resolver = resolver };
}

/* The relays as text: preference and host, then "-" and each host that was dropped. */
static void
assert_found(const struct discovery *d, const char *wanted)
{
	struct buf text = BUF(4096);

	for (size_t i = 0; i < d->nfound; i++)
		buf_addf(&text, "%u %s ", d->found[i].preference, d->found[i].host);
	for (size_t i = 0; i < d->ndropped; i++)
		buf_addf(&text, "-%s ", d->dropped[i].host);
	ck_assert_str_eq(buf_text(&text), wanted);
	buf_release(&text);
}

static const struct { const char *mx, *wanted; bool trouble; const char *words; } cases[] = {
	{ "mx @ 300 10 a.example.com; mx @ 300 20 b.example.com", "10 a.example.com 20 b.example.com ", false, "" },
	/* We are among them: RFC 5321, 5.1. */
	{ "mx @ 300 10 a.example.com; mx @ 300 20 www.example.com; mx @ 300 30 b.example.com",
	  "10 a.example.com -www.example.com -b.example.com ", false, "" },
	{ "mx @ 300 20 a.example.com; mx @ 300 20 WWW.Example.Com", "-", false, "" },
	{ "mx @ 300 5 www.example.com", "-www.example.com ", false,
	  "no published relay can be used: www.example.com: this host itself" },
	/* Hosts that cannot be called. */
	{ "mx @ 300 5 trap.example.com; mx @ 300 9 a.example.com", "9 a.example.com -trap.example.com ", false, "" },
	{ "mx @ 300 5 gone.example.com", "-gone.example.com ", false,
	  "no published relay can be used: gone.example.com: no such name" },
	{ "mx @ 300 5 broken.example.com", "-broken.example.com ", true,
	  "no published relay can be used: broken.example.com: 127.0.0.1: SERVFAIL" },
	{ "mx @ 300 5 half.example.com", "5 half.example.com ", false, "" },
	{ "mx @ 300 0 .", "", false, "154.165.in-addr.arpa says that there is no relay (null MX)" },
	{ "soa 300 300", "", false, "no relay is published at 1.15.154.165.in-addr.arpa up to 154.165.in-addr.arpa" },
	{ "rcode 2", "", true, "look up the MX of 154.165.in-addr.arpa: 127.0.0.1: SERVFAIL" },
};

START_TEST(published_relays_are_for_those_who_may_use_them)
{
	const struct script script[] = {
		{ "1.15.154.165.in-addr.arpa", "rcode 3" },
		{ "15.154.165.in-addr.arpa", "" },
		{ "154.165.in-addr.arpa", cases[_i].mx },
		HOSTS,
	};
	struct conf             conf = open_conf(script, sizeof script / sizeof *script);
	static struct discovery d;
	struct sockaddr_storage only;
	struct climbs           climbs;

	ck_assert(ip_parse(&only, "165.154.15.1", 0));
	discover_anew(&d, &climbs, &conf, &only);
	if (strcmp(cases[_i].wanted, "-") == 0)   /* equals come in any order */
		ck_assert(d.nfound == 0 && d.ndropped == 2);
	else
		assert_found(&d, cases[_i].wanted);
	ck_assert_int_eq(d.trouble, cases[_i].trouble);
	if (d.nfound == 0 && cases[_i].words[0] != '\0')
		ck_assert_str_eq(d.words, cases[_i].words);
	climbs_release(&climbs);
}
END_TEST

/* In state/found, the name that was found becomes another: who finds that one has not asked. */
static void
alter_memory(int state)
{
	struct buf text = BUF(32 << 10);
	char      *name;

	ck_assert(state_read(state, "found", &text));
	name = strstr(text.at, " a.example.com");
	ck_assert_ptr_nonnull(name);
	name[1] = 'm';
	state_write(state, "found", buf_slice(&text));
	buf_release(&text);
}

START_TEST(network_is_asked_once_and_again_when_it_is_another)
{
	const struct script     script[] = { { "154.165.in-addr.arpa", "mx @ 300 10 a.example.com" }, HOSTS };
	struct conf             conf = open_conf(script, sizeof script / sizeof *script);
	char                   *here[] = { "165.154.15.1" }, *there[] = { "165.154.15.2" };
	int                     state = open(unit_directory(), O_DIRECTORY | O_CLOEXEC);
	static struct discovery d;

	conf.address = here;
	conf.naddresses = 1;
	discover(&d, &conf, state);
	assert_found(&d, "10 a.example.com ");
	ck_assert(!d.news);
	alter_memory(state);
	discover(&d, &conf, state);
	assert_found(&d, "10 m.example.com ");
	discover(&d, &conf, -1);
	assert_found(&d, "10 a.example.com ");
	conf.address = there;
	discover(&d, &conf, state);
	assert_found(&d, "10 a.example.com ");
	close(state);
}
END_TEST

/* RFC 5321, 5.1: that it was found for another of its addresses before says nothing about this one. */
START_TEST(this_host_passes_no_mail_behind_itself_under_any_of_its_addresses)
{
	const struct script script[] = {
		{ "154.165.in-addr.arpa", "mx @ 300 10 www.example.com" },
		{ "113.0.203.in-addr.arpa", "mx @ 300 10 www.example.com; mx @ 300 20 a.example.com" },
		HOSTS,
	};
	struct conf             conf = open_conf(script, sizeof script / sizeof *script);
	char                   *here[] = { "165.154.15.1", "203.0.113.7" };
	static struct discovery d;

	conf.address = here;
	conf.naddresses = 2;
	discover(&d, &conf, -1);
	assert_found(&d, "-www.example.com -a.example.com ");
}
END_TEST

static time_t
remembered_until(int state)
{
	struct buf text = BUF(32 << 10);
	long long  until;

	ck_assert(state_read(state, "found", &text));
	ck_assert_int_eq(sscanf(strstr(text.at, "\nuntil "), " until %lld", &until), 1);
	buf_release(&text);
	return (time_t)until;
}

/* A `no' without SOA holds for no time at all (RFC 2308, 5), but a mute zone would cost each message seconds then. */
START_TEST(trouble_is_looked_for_again_not_at_once_and_not_in_an_hour)
{
	const struct script     script[] = {
		{ "1.15.154.165.in-addr.arpa", "rcode 3" },
		{ "2.15.154.165.in-addr.arpa", "mx @ 3600 10 half.example.com" },
		HOSTS,
	};
	struct conf             conf;
	char                   *here[] = { "165.154.15.1" };
	int                     state = open(unit_directory(), O_DIRECTORY | O_CLOEXEC);
	static struct discovery d;

	if (!unit_network())   /* nothing is to be looked for under an address of this machine */
		return;
	conf = open_conf(script, sizeof script / sizeof *script);
	conf.address = here;
	conf.naddresses = 1;
	discover(&d, &conf, state);
	ck_assert(d.trouble);
	ck_assert_int_gt(remembered_until(state), clock_now() + 30);
	*here = "165.154.15.2";
	discover(&d, &conf, state);
	ck_assert_int_le(remembered_until(state), clock_now() + 300);   /* of the other family it may have addresses */
	close(state);
}
END_TEST

#define HIDDEN "rcode 3; soa 300 300; ad"
#define MX_AD "mx @ 300 10 a.example.com; ad"
#define A_AD "a @ 300 192.0.2.1; ad"

static const struct {
	const char *level, *mx, *address;
	bool        required;
	const char *wanted;
	enum dnssec dnssec;
} trust[] = {
	{ HIDDEN, MX_AD, A_AD, true, "10 a.example.com ", DNSSEC_ALL },
	{ HIDDEN, MX_AD, A_AD, false, "10 a.example.com ", DNSSEC_ALL },
	{ "rcode 3", MX_AD, A_AD, false, "10 a.example.com ", DNSSEC_RECORDS },
	{ "rcode 2", MX_AD, A_AD, false, "10 a.example.com ", DNSSEC_RECORDS },
	{ HIDDEN, "mx @ 300 10 a.example.com", A_AD, false, "10 a.example.com ", DNSSEC_NOTHING },
	{ HIDDEN, MX_AD, "a @ 300 192.0.2.1", false, "10 a.example.com ", DNSSEC_NOTHING },
	{ "rcode 3", MX_AD, A_AD, true, "-a.example.com ", 0 },
	{ "rcode 2", MX_AD, A_AD, true, "-a.example.com ", 0 },
	{ HIDDEN, "mx @ 300 10 a.example.com", A_AD, true, "-a.example.com ", 0 },
	{ HIDDEN, MX_AD, "a @ 300 192.0.2.1", true, "-a.example.com ", 0 },
};

START_TEST(D5_where_dnssec_is_required_nothing_else_is_used)
{
	const struct script script[] = {
		{ "1.15.154.165.in-addr.arpa", HIDDEN },
		{ "15.154.165.in-addr.arpa", trust[_i].level },
		{ "154.165.in-addr.arpa", trust[_i].mx },
		{ "a:a.example.com", trust[_i].address }, { "aaaa:a.example.com", "" },
	};
	struct section          all = { .name = (char[]){ "*" }, .dnssec = trust[_i].required };
	struct conf             conf = open_conf(script, sizeof script / sizeof *script);
	static struct discovery d;
	struct sockaddr_storage only;
	struct climbs           climbs;

	conf.discovered = &all;
	conf.ndiscovered = 1;
	ck_assert(ip_parse(&only, "165.154.15.1", 0));
	discover_anew(&d, &climbs, &conf, &only);
	assert_found(&d, trust[_i].wanted);
	if (d.nfound > 0)
		ck_assert_int_eq(d.found[0].dnssec, trust[_i].dnssec);
	else
		ck_assert_ptr_nonnull(strstr(d.words, "`dnssec required'"));
	climbs_release(&climbs);
}
END_TEST

START_TEST(no_discovery_asks_nothing)
{
	struct conf             conf = { .discover = false, .hostname = "www.example.com", .resolver = "127.0.0.1@1" };
	static struct discovery d;

	discover(&d, &conf, -1);
	ck_assert_uint_eq(d.nfound, 0);
	ck_assert(!d.trouble);
	ck_assert_str_eq(d.words, "discovery is off");
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, published_relays_are_for_those_who_may_use_them, cases);
	add_table(t, D5_where_dnssec_is_required_nothing_else_is_used, trust);
	tcase_add_test(t, network_is_asked_once_and_again_when_it_is_another);
	tcase_add_test(t, this_host_passes_no_mail_behind_itself_under_any_of_its_addresses);
	tcase_add_test(t, trouble_is_looked_for_again_not_at_once_and_not_in_an_hour);
	tcase_add_test(t, no_discovery_asks_nothing);
}
