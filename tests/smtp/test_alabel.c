/* SPDX-License-Identifier: ISC */
#include "smtp/alabel.h"

#include <stdlib.h>
#include <string.h>

#include "lib/unit.h"

#define BUECHER "b\303\274cher"

static const struct { const char *name, *host; } hosts[] = {
	{ "relay.example.net", "relay.example.net" },
	{ "192.0.2.1", "192.0.2.1" },
	{ BUECHER ".example", "xn--bcher-kva.example" },
	{ "B\303\234CHER.example", "xn--bcher-kva.example" },
	{ "bu\314\210cher.example", "xn--bcher-kva.example" },   /* u and a combining diaeresis */
	{ "\344\276\213\343\200\202example", "xn--fsq.example" },   /* with an ideographic full stop */
	{ "stra\303\237e.example", "xn--strae-oqa.example" },
	/* What becomes an octet that means something is no name. */
	{ "b\303\274\357\274\236.example", NULL },   /* a wide '>' */
	{ "b\303\274\343\200\200x.example", NULL },   /* a wide blank */
	{ "b\303.example", NULL },
	{ "-\303\274.example", NULL },
};

START_TEST(a_name_in_any_letters_becomes_one_that_the_dns_knows)
{
	char host[ALABEL_HOST];
	bool good = alabel_host(hosts[_i].name, host);

	ck_assert_int_eq(good, hosts[_i].host != NULL);
	if (good)
		ck_assert_str_eq(host, hosts[_i].host);
}
END_TEST

static const struct { const char *mailbox, *made; } mailboxes[] = {
	{ "joe@" BUECHER ".example", "joe@xn--bcher-kva.example" },
	{ "\"joe@home\"@" BUECHER ".example", "\"joe@home\"@xn--bcher-kva.example" },
	{ "joe@example.net", NULL },
	{ "j\303\266@" BUECHER ".example", NULL },
	{ "j\303\266@example.net", NULL },
	{ "joe@b\303\274\357\274\236.example", NULL },
	{ "", NULL },
	{ "postmaster", NULL },
};

START_TEST(a_mailbox_has_a_form_in_ascii_when_its_domain_alone_needs_one)
{
	char *made = alabel_mailbox(mailboxes[_i].mailbox);

	ck_assert_int_eq(made != NULL, mailboxes[_i].made != NULL);
	if (made != NULL)
		ck_assert_str_eq(made, mailboxes[_i].made);
	free(made);
}
END_TEST

START_TEST(a_name_that_grows_too_long_is_none)
{
	char name[1200] = "joe@", host[ALABEL_HOST];

	for (int i = 0; i < 80; i++)
		strlcat(name, "\303\274.", sizeof name);
	strlcat(name, "example", sizeof name);
	ck_assert(!alabel_host(name + 4, host));
	ck_assert_ptr_null(alabel_mailbox(name));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_name_in_any_letters_becomes_one_that_the_dns_knows, hosts);
	add_table(t, a_mailbox_has_a_form_in_ascii_when_its_domain_alone_needs_one, mailboxes);
	tcase_add_test(t, a_name_that_grows_too_long_is_none);
}
