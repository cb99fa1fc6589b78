/* SPDX-License-Identifier: ISC */
#include "dns/tlsa.h"

#include "base/clock.h"
#include "base/ip.h"
#include "lib/responder.h"
#include "lib/unit.h"

enum { PATIENCE = 20000 };

#define SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TLSA(octets) "raw @ 52 " octets "; "
#define GOOD TLSA("030101" SHA256)
#define ADDRESS "a @ 300 192.0.2.1; "
#define ALIAS "cname @ 300 real.example.org; a real.example.org 300 192.0.2.1; "

static const struct {
	const char       *address, *alias, *own, *real;   /* what is said of A and CNAME, and of TLSA at either name */
	int               rc;
	enum tlsa_outcome outcome;
	const char       *base;
	size_t            n;
	bool              distrusted;
} cases[] = {
	{ ADDRESS "ad", "ad", GOOD "ad", "", 0, TLSA_USABLE, "mx.example.com", 1, false },
	{ ADDRESS "ad", "ad", GOOD TLSA("020001" SHA256) "ad", "", 0, TLSA_USABLE, "mx.example.com", 2, false },
	{ ADDRESS "ad", "ad", TLSA("030100aa") TLSA("030102" SHA256 SHA256) "ad", "", 0, TLSA_USABLE,
	    "mx.example.com", 2, false },

	/* D3: only a resolver that may be trusted counts, and only what it authenticated. */
	{ ADDRESS "ad", "ad", GOOD "ad", "", 0, TLSA_NONE, "", 0, true },
	{ ADDRESS "ad", "ad", GOOD, "", 0, TLSA_NONE, "", 0, false },
	{ ADDRESS, "", GOOD "ad", "", 0, TLSA_NONE, "", 0, false },
	{ ADDRESS, "", "rcode 2", "", 0, TLSA_NONE, "", 0, false },   /* RFC 7672, 2.1.1: not even asked */
	{ ADDRESS "ad", "ad", "soa 300 300; ad", "", 0, TLSA_NONE, "", 0, false },
	{ ADDRESS "ad", "ad", "rcode 3; soa 300 300; ad", "", 0, TLSA_NONE, "", 0, false },
	{ ADDRESS "ad", "ad", "rcode 3; soa 300 300", "", 0, TLSA_NONE, "", 0, false },
	{ "soa 300 300; ad", "ad", GOOD "ad", "", 0, TLSA_USABLE, "mx.example.com", 1, false },   /* IPv6 alone */

	/* RFC 7672, 3.1: what mail cannot use.  D15: lengths. */
	{ ADDRESS "ad", "ad", TLSA("010101" SHA256) TLSA("000101" SHA256) "ad", "", 0, TLSA_UNUSABLE,
	    "mx.example.com", 0, false },
	{ ADDRESS "ad", "ad", TLSA("030201" SHA256) TLSA("030103" SHA256) TLSA("030101aa") "ad", "", 0, TLSA_UNUSABLE,
	    "mx.example.com", 0, false },
	{ ADDRESS "ad", "ad", TLSA("030101aa") GOOD "ad", "", 0, TLSA_USABLE, "mx.example.com", 1, false },
	{ ADDRESS "ad", "ad", TLSA("") GOOD "ad", "", 0, TLSA_USABLE, "mx.example.com", 1, false },
	{ ADDRESS "ad", "ad", TLSA("03") "ad", "", 0, TLSA_UNUSABLE, "mx.example.com", 0, false },
	{ ADDRESS "ad", "ad", TLSA("0301") GOOD "ad", "", 0, TLSA_USABLE, "mx.example.com", 1, false },

	/* RFC 7672, 2.1.2: what fails is no 'no'. */
	{ ADDRESS "ad", "ad", "rcode 2", "", -1, TLSA_NONE, "", 0, false },
	{ ADDRESS "ad", "ad", "rcode 5", "", -1, TLSA_NONE, "", 0, false },
	{ "rcode 2", "ad", GOOD "ad", "", -1, TLSA_NONE, "", 0, false },
	{ ALIAS, "rcode 2", GOOD "ad", "", -1, TLSA_NONE, "", 0, false },
	{ ADDRESS, "rcode 2", GOOD "ad", "", 0, TLSA_NONE, "", 0, false },   /* not even asked: most zones are like this */

	/* RFC 7672, 2.2.2: aliases. */
	{ ALIAS "ad", ALIAS "ad", GOOD "ad", GOOD "ad", 0, TLSA_USABLE, "real.example.org", 1, false },
	{ ALIAS "ad", ALIAS "ad", GOOD "ad", "soa 300 300; ad", 0, TLSA_USABLE, "mx.example.com", 1, false },
	{ ALIAS "ad", ALIAS "ad", GOOD "ad", "rcode 2", -1, TLSA_NONE, "", 0, false },
	{ ALIAS, ALIAS "ad", GOOD "ad", GOOD "ad", 0, TLSA_USABLE, "mx.example.com", 1, false },
	{ ALIAS, ALIAS, GOOD "ad", GOOD "ad", 0, TLSA_NONE, "", 0, false },
	{ ALIAS "ad", ALIAS "ad", "soa 300 300; ad", "soa 300 300; ad", 0, TLSA_NONE, "", 0, false },
};

START_TEST(what_dnssec_protects_counts_and_what_fails_is_no_no)
{
	const struct script script[] = {
		{ "a:mx.example.com", cases[_i].address },
		{ "cname:mx.example.com", cases[_i].alias },
		{ "tlsa:_25._tcp.mx.example.com", cases[_i].own },
		{ "tlsa:_25._tcp.real.example.org", cases[_i].real },
	};
	struct resolver r = { .nservers = 1, .trusted = !cases[_i].distrusted };
	struct tlsa     t;
	struct problem  why = { .text = "" };

	ck_assert(ip_parse(&r.server[0], "127.0.0.1", responder_start(script, 4)));
	ck_assert_int_eq(dns_tlsa(&r, "mx.example.com", 25, clock_deadline(PATIENCE), &t, &why), cases[_i].rc);
	ck_assert_int_eq(t.outcome, cases[_i].outcome);
	ck_assert_str_eq(t.base, cases[_i].base);
	ck_assert_uint_eq(t.nrecords, cases[_i].n);
	if (cases[_i].rc == 0)
		ck_assert_str_ne(t.words, "");
	else
		ck_assert_msg(strncmp(why.text, "look up ", 8) == 0, "%s", why.text);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
}
END_TEST

START_TEST(records_come_as_they_were_sent)
{
	static const char   usable[] = "\003\001\001\000\021\042\063\104\125\146\167\210\231\252\273\314\335\356\377"
				       "\000\021\042\063\104\125\146\167\210\231\252\273\314\335\356\377";
	const struct script script[] = {
		{ "a:mx.example.com", ADDRESS "ad" },
		{ "cname:mx.example.com", "ad" },
		{ "tlsa:_465._tcp.mx.example.com", TLSA("030100aabb") GOOD "ad" },
	};
	struct resolver r = { .nservers = 1, .trusted = true };
	struct tlsa     t;
	struct problem  why;

	ck_assert(ip_parse(&r.server[0], "127.0.0.1", responder_start(script, 3)));
	ck_assert_int_eq(dns_tlsa(&r, "mx.example.com", 465, clock_deadline(PATIENCE), &t, &why), 0);
	ck_assert_uint_eq(t.nrecords, 2);
	ck_assert(slice_equal(tlsa_record(&t, 0), (struct slice){ "\003\001\000\252\273", 5 }));
	ck_assert(slice_equal(tlsa_record(&t, 1), (struct slice){ usable, sizeof usable - 1 }));
}
END_TEST

/* More than there is room for: one that was left out might be the one that fits. */
static const char *const crowds[] = {
	GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD "ad",
};

START_TEST(all_records_count_or_none_does)
{
	const struct script script[] = {
		{ "a:mx.example.com", ADDRESS "ad" },
		{ "cname:mx.example.com", "ad" },
		{ "tlsa:_25._tcp.mx.example.com", crowds[_i] },
	};
	struct resolver r = { .nservers = 1, .trusted = true };
	struct tlsa     t;
	struct problem  why;

	ck_assert(ip_parse(&r.server[0], "127.0.0.1", responder_start(script, 3)));
	ck_assert_int_eq(dns_tlsa(&r, "mx.example.com", 25, clock_deadline(PATIENCE), &t, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "more records than there is room for"));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, what_dnssec_protects_counts_and_what_fails_is_no_no, cases);
	tcase_add_test(t, records_come_as_they_were_sent);
	add_table(t, all_records_count_or_none_does, crowds);
}
