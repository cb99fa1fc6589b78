/* SPDX-License-Identifier: ISC */
#include "dns/address.h"

#include "base/clock.h"
#include "base/ip.h"
#include "lib/responder.h"
#include "lib/unit.h"

enum { PATIENCE = 20000 };

static const struct script script[] = {
	{ "a:both.example.com", "a @ 60 192.0.2.1; a @ 60 192.0.2.2; a @ 60 192.0.2.3" },
	{ "aaaa:both.example.com", "aaaa @ 50 2001:db8::1; aaaa @ 50 2001:db8::2" },
	{ "a:four.example.com", "a @ 60 192.0.2.1" },
	{ "aaaa:four.example.com", "soa 10 10" },
	{ "a:lame.example.com", "a @ 60 192.0.2.1" },
	{ "aaaa:lame.example.com", "rcode 2" },
	{ "a:mute.example.com", "a @ 60 192.0.2.1" },
	{ "aaaa:mute.example.com", "silent 99" },
	{ "a:many.example.com", "a @ 9 192.0.2.1; a @ 9 192.0.2.2; a @ 9 192.0.2.3; a @ 9 192.0.2.4; a @ 9 192.0.2.5; "
	  "a @ 9 192.0.2.6" },
	{ "aaaa:many.example.com", "" },
	{ "a:trap.example.com", "a @ 60 127.0.0.1; a @ 60 0.0.0.0; a @ 60 224.0.0.1; a @ 60 255.255.255.255; "
	  "a @ 60 169.254.1.1" },
	{ "aaaa:trap.example.com", "aaaa @ 60 ::1; aaaa @ 60 ::ffff:127.0.0.1; aaaa @ 60 fe80::1; aaaa @ 60 ff02::1" },
	{ "a:half.example.com", "a @ 60 127.0.0.1; a @ 60 10.0.0.1" },
	{ "aaaa:half.example.com", "" },
	{ "gone.example.com", "rcode 3; soa 900 40" },
	{ "broken.example.com", "rcode 2" },
};

static void
open_responder(struct resolver *r)
{
	*r = (struct resolver){ .nservers = 1 };
	ck_assert(ip_parse(&r->server[0], "127.0.0.1", responder_start(script, sizeof script / sizeof *script)));
}

static void
assert_addresses(const struct host_addresses *list, const char *wanted)
{
	struct buf text = BUF(1024);
	char       address[IP_TEXT];

	for (size_t i = 0; i < list->naddresses; i++) {
		ip_format(&list->address[i], address);
		buf_addf(&text, "%s%s", i > 0 ? " " : "", address);
	}
	ck_assert_str_eq(buf_text(&text), wanted);
	buf_release(&text);
}

static const struct { const char *host, *addresses; unsigned ttl; bool trouble; const char *words; } named[] = {
	{ "both.example.com", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3", 50, false, "" },
	{ "four.example.com", "192.0.2.1", 60, false, "" },
	{ "lame.example.com", "192.0.2.1", 60, true, "" },   /* who speaks the other family alone cannot use it */
	{ "mute.example.com", "192.0.2.1", 60, true, "" },
	{ "many.example.com", "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5", 9, false, "" },
	{ "trap.example.com", "", 60, false, "no address that another host can have" },
	{ "half.example.com", "10.0.0.1", 60, false, "" },
	{ "gone.example.com", "", 40, false, "no such name" },
	{ "broken.example.com", "", 0, true, "127.0.0.1: SERVFAIL" },
};

START_TEST(a_host_has_the_addresses_that_the_dns_may_give_it)
{
	struct resolver r;
	struct dns_host s = { .name = named[_i].host };

	struct timespec deadline = clock_deadline(PATIENCE);

	open_responder(&r);
	dns_hosts(&r, &s, 1, deadline);
	ck_assert_int_gt(clock_left(deadline), PATIENCE / 2);   /* one family does not wait for the other that long */
	assert_addresses(&s.addresses, named[_i].addresses);
	ck_assert_uint_eq(s.ttl, named[_i].ttl);
	ck_assert_int_eq(s.trouble, named[_i].trouble);
	ck_assert_str_eq(s.words, named[_i].words);
}
END_TEST

static const struct { const char *host, *addresses; } hosts[] = {
	{ "192.0.2.9", "192.0.2.9" },
	{ "127.0.0.1", "127.0.0.1" },
	{ "[::1]", "::1" },
	{ "four.example.com", "192.0.2.1" },
};

START_TEST(named_host_may_be_any_literal_or_a_name)
{
	struct resolver       r;
	struct host_addresses list;
	struct problem        why;

	open_responder(&r);
	ck_assert_int_eq(dns_addresses(&r, hosts[_i].host, clock_deadline(PATIENCE), &list, &why), 0);
	assert_addresses(&list, hosts[_i].addresses);
}
END_TEST

static const struct { const char *host, *status, *words; } failures[] = {
	{ "gone.example.com", "4.4.4", "look up the addresses of gone.example.com: no such name" },
	{ "broken.example.com", "4.4.3", "look up the addresses of broken.example.com: 127.0.0.1: SERVFAIL" },
	{ "a..b", "4.4.3", "look up the addresses of a..b: 127.0.0.1: not asked, for it is no domain name" },
};

START_TEST(name_without_address_is_a_problem_for_later)
{
	struct resolver       r;
	struct host_addresses list;
	struct problem        why;

	open_responder(&r);
	ck_assert_int_eq(dns_addresses(&r, failures[_i].host, clock_deadline(PATIENCE), &list, &why), -1);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_str_eq(why.status, failures[_i].status);
	ck_assert_str_eq(why.text, failures[_i].words);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_host_has_the_addresses_that_the_dns_may_give_it, named);
	add_table(t, named_host_may_be_any_literal_or_a_name, hosts);
	add_table(t, name_without_address_is_a_problem_for_later, failures);
}
