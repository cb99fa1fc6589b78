/* SPDX-License-Identifier: ISC */
#include "relay/route.h"

#include "lib/unit.h"

static void
add_found(struct discovery *d, const char *host, unsigned preference, unsigned rank)
{
	struct found *f = &d->found[d->nfound++];

	strlcpy(f->host, host, sizeof f->host);
	strlcpy(f->zone, "154.165.in-addr.arpa", sizeof f->zone);
	f->preference = preference;
	f->rank = rank;
	f->addresses.naddresses = 1;
}

/* The hosts of a route in order, with a blank between. */
static const char *
order(const struct route *r)
{
	static char text[512];

	text[0] = '\0';
	for (size_t i = 0; i < r->ncandidates; i++) {
		strlcat(text, i > 0 ? " " : "", sizeof text);
		strlcat(text, r->candidate[i].host, sizeof text);
	}
	return text;
}

static const struct { const char *conf, *order; } orders[] = {
	/* Of those that were discovered: the first own address, then MX preference. */
	{ "", "mx1.example.net mx2.example.net noc.tor.hookup.net" },
	{ "relay a.example.com\ncost 5\n", "a.example.com mx1.example.net mx2.example.net noc.tor.hookup.net" },
	{ "relay b\303\274cher.example\ncost 5\n",
	    "xn--bcher-kva.example mx1.example.net mx2.example.net noc.tor.hookup.net" },
	{ "relay a.example.com\ncost 100\n", "mx1.example.net mx2.example.net noc.tor.hookup.net a.example.com" },
	{ "relay a.example.com\ncost 30\nrelay b.example.com\ncost 20\n",
	    "mx1.example.net mx2.example.net noc.tor.hookup.net b.example.com a.example.com" },
	{ "discovered *.hookup.net\ncost 1\n", "noc.tor.hookup.net mx1.example.net mx2.example.net" },
	{ "discovered mx1.*\ncost 50\ndiscovered *.example.net\ncost 40\n",
	    "noc.tor.hookup.net mx2.example.net mx1.example.net" },
};

START_TEST(cost_comes_before_rank_and_rank_before_preference)
{
	struct conf      conf;
	struct discovery d = { 0 };
	struct route     r;

	add_found(&d, "noc.tor.hookup.net", 5, 1);
	add_found(&d, "mx2.example.net", 20, 0);
	add_found(&d, "mx1.example.net", 10, 0);
	conf_parse(&conf, SLICE(orders[_i].conf));
	ck_assert_uint_eq(conf.nfaults, 0);
	route_make(&r, &conf, &d);
	ck_assert_str_eq(order(&r), orders[_i].order);
	route_release(&r);
	conf_release(&conf);
}
END_TEST

START_TEST(a_discovered_relay_is_smtp_and_may_use_tls_unless_its_section_says_otherwise)
{
	struct conf      conf;
	struct discovery d = { 0 };
	struct route     r;

	add_found(&d, "noc.tor.hookup.net", 10, 0);
	add_found(&d, "mx1.example.net", 20, 0);
	conf_parse(&conf, SLICE("discovered *.hookup.net\ntls verify\n"));
	route_make(&r, &conf, &d);
	ck_assert_str_eq(r.candidate[0].origin, "MX 10 at 154.165.in-addr.arpa");
	ck_assert_int_eq(r.candidate[0].tls, TLS_VERIFY);
	ck_assert_uint_eq(r.candidate[0].port, 25);
	ck_assert_uint_eq(r.candidate[0].addresses.naddresses, 1);
	ck_assert_int_eq(r.candidate[1].tls, TLS_MAY);
	ck_assert_uint_eq(r.candidate[1].port, 25);
	ck_assert_uint_eq(r.candidate[1].cost, ROUTE_DISCOVERED_COST);
	ck_assert_ptr_null(r.candidate[1].section);
	route_release(&r);
	conf_release(&conf);
}
END_TEST

START_TEST(equals_share_the_load)
{
	struct conf      conf;
	struct discovery none = { 0 };
	struct route     r;
	unsigned         first[3] = { 0 };

	conf_parse(&conf, SLICE("relay a.example.com\nrelay b.example.com\nrelay c.example.com\n"));
	for (int i = 0; i < 300; i++) {
		route_make(&r, &conf, &none);
		first[r.candidate[0].host[0] - 'a']++;
		route_release(&r);
	}
	/* Each is the first of 300 less than 30 times with a probability under 1e-17. */
	for (int i = 0; i < 3; i++)
		ck_assert_uint_gt(first[i], 30);
	conf_release(&conf);
}
END_TEST

static const struct { const char *conf, *favourite, *order; } favours[] = {
	{ "relay a.example.com\nrelay b.example.com\n", "b.example.com", "b.example.com a.example.com" },
	{ "relay a.example.com\nrelay b.example.com\n", "A.example.com", "a.example.com b.example.com" },
	{ "relay a.example.com\ncost 1\nrelay b.example.com\ncost 2\n", "b.example.com",
	    "a.example.com b.example.com" },
};

START_TEST(an_open_session_is_first_among_its_equals_and_no_further)
{
	struct conf      conf;
	struct discovery none = { 0 };
	struct route     r;

	conf_parse(&conf, SLICE(favours[_i].conf));
	for (int i = 0; i < 20; i++) {
		route_make(&r, &conf, &none);
		route_favour(&r, favours[_i].favourite, 25);
		ck_assert_str_eq(order(&r), favours[_i].order);
		route_release(&r);
	}
	conf_release(&conf);
}
END_TEST

static const struct { const char *policy, *sender, *recipient, *objection; } policies[] = {
	{ "", "a@example.com", "b@example.net", NULL },
	{ "for *.nz !*.ac.nz\n", "a@example.com", "b@x.co.nz", NULL },
	{ "for *.nz !*.ac.nz\n", "a@example.com", "b@x.ac.nz", "for" },
	{ "for *.nz !*.ac.nz\n", "a@example.com", "b@example.net", "for" },
	{ "refuse *.example\n", "a@example.com", "b@x.example", "refuse" },
	{ "refuse *.example\n", "b@x.example", "a@example.com", NULL },
	{ "refuse *\n", "a@example.com", "b@example.net", "refuse" },
	{ "from *@example.com\n", "a@example.com", "b@example.net", NULL },
	{ "from *@example.com\n", "a@example.net", "b@example.com", "from" },
	{ "from *.example.com\n", "", "b@example.net", "from" },
	{ "for example.net\nfrom example.com\n", "a@example.com", "b@example.net", NULL },
	{ "for example.net\nfrom example.com\n", "a@example.com", "b@example.org", "for" },
	{ "for example.net\nrefuse example.net\n", "a@example.com", "b@example.net", "refuse" },
};

START_TEST(policy_says_what_a_relay_carries)
{
	struct conf      conf;
	struct discovery none = { 0 };
	struct route     r;
	struct buf       text = BUF(1024);

	buf_addf(&text, "relay a.example.com\n%s", policies[_i].policy);
	conf_parse(&conf, buf_slice(&text));
	ck_assert_uint_eq(conf.nfaults, 0);
	route_make(&r, &conf, &none);
	ck_assert_pstr_eq(candidate_objects(&r.candidate[0], policies[_i].sender, policies[_i].recipient),
	    policies[_i].objection);
	ck_assert_int_eq(candidate_carries(&r.candidate[0], policies[_i].sender, policies[_i].recipient),
	    policies[_i].objection == NULL);
	route_release(&r);
	conf_release(&conf);
	buf_release(&text);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, cost_comes_before_rank_and_rank_before_preference, orders);
	tcase_add_test(t, a_discovered_relay_is_smtp_and_may_use_tls_unless_its_section_says_otherwise);
	tcase_add_test(t, equals_share_the_load);
	add_table(t, an_open_session_is_first_among_its_equals_and_no_further, favours);
	add_table(t, policy_says_what_a_relay_carries, policies);
}
