/* SPDX-License-Identifier: ISC */
#include "smtp/ehlo.h"

#include "base/buf.h"
#include "lib/unit.h"

static const struct { const char *lines; struct ehlo offer; } cases[] = {
	{ "250 relay\n", { 0 } },
	{ "", { 0 } },
	{ "250-STARTTLS\n250 PIPELINING\n", { .pipelining = true } },   /* the first line is a greeting */
	{ "250-relay\n250-STARTTLS\n250-pipelining\n250-8BitMime\n250 ENHANCEDSTATUSCODES\n",
	    { .starttls = true, .pipelining = true, .eightbitmime = true } },
	{ "250-relay\n250-dsn\n250 SMTPUTF8\n", { .dsn = true, .smtputf8 = true } },
	{ "250-relay\n250 RequireTLS\n", { .requiretls = true } },
	{ "250-relay\n250 SIZE 10240000\n", { .size_offered = true, .size = 10240000 } },
	{ "250-relay\n250 SIZE\n", { .size_offered = true } },
	{ "250-relay\n250 SIZE 0\n", { .size_offered = true } },
	{ "250-relay\n250 SIZE -1\n", { .size_offered = true } },
	{ "250-relay\n250 SIZE 99999999999999999999999\n", { .size_offered = true } },
	{ "250-relay\n250-AUTH PLAIN LOGIN\n250 AUTH CRAM-MD5\n", { .auth = "PLAIN LOGIN CRAM-MD5" } },
	{ "250-relay\n250-auth=LOGIN\n250 SIZE\n", { .auth = "LOGIN", .size_offered = true } },   /* before RFC 2554 */
	{ "250-relay\n250-AUTH=LOGIN PLAIN\n250 AUTH LOGIN\n", { .auth = "LOGIN PLAIN LOGIN" } },
	{ "250-relay\n250-AUTH\n250-AUTHX=PLAIN\n250 STARTTLSX\n", { 0 } },
	{ "250-relay\n250-XCLIENT ?\n250-\n250\n250 \n", { 0 } },
};

START_TEST(offers_are_known_words_alone)
{
	struct ehlo        e = { .starttls = true, .auth = "PLAIN" };   /* of an earlier EHLO */
	const struct ehlo *expected = &cases[_i].offer;

	ehlo_parse(&e, SLICE(cases[_i].lines));
	ck_assert_int_eq(e.starttls, expected->starttls);
	ck_assert_int_eq(e.pipelining, expected->pipelining);
	ck_assert_int_eq(e.eightbitmime, expected->eightbitmime);
	ck_assert_int_eq(e.dsn, expected->dsn);
	ck_assert_int_eq(e.smtputf8, expected->smtputf8);
	ck_assert_int_eq(e.requiretls, expected->requiretls);
	ck_assert_int_eq(e.size_offered, expected->size_offered);
	ck_assert_uint_eq(e.size, expected->size);
	ck_assert_str_eq(e.auth, expected->auth);
}
END_TEST

START_TEST(mechanisms_beyond_all_measure_are_cut)
{
	struct ehlo e;
	struct buf  lines = BUF(8192);

	buf_add(&lines, SLICE("250-relay\n250 AUTH"));
	for (int i = 0; i < 500; i++)
		buf_addf(&lines, " MECHANISM%d", i);
	ehlo_parse(&e, buf_slice(&lines));
	ck_assert_uint_eq(strlen(e.auth), sizeof e.auth - 1);
	buf_release(&lines);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, offers_are_known_words_alone, cases);
	tcase_add_test(t, mechanisms_beyond_all_measure_are_cut);
}
