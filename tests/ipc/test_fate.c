/* SPDX-License-Identifier: ISC */
#include "ipc/fate.h"

#include "lib/unit.h"

static const struct fate fates[] = {
	{ 7, OUTCOME_NEVER, "5.1.1", "mx.example.net[192.0.2.1]:25", "550 5.1.1 no such user", false },
	{ 0, OUTCOME_LATER, "4.4.1", "none", "connection refused", false },
	{ 1, OUTCOME_SENT, "2.0.0", "mx.example.net[192.0.2.1]:25", "250 Ok", false },
	{ 4999, OUTCOME_SENT, "2.0.0", "mx.example.net[192.0.2.1]:25", "250 Ok", true },
};

START_TEST(a_fate_survives_its_line)
{
	const struct fate *f = &fates[_i];
	struct fate        again;
	struct buf         line = BUF(2048);

	fate_format(f, &line);
	ck_assert(fate_parse(&again, buf_slice(&line)));
	ck_assert_uint_eq(again.recipient, f->recipient);
	ck_assert_int_eq(again.outcome, f->outcome);
	ck_assert_int_eq(again.unreported, f->unreported);
	ck_assert_str_eq(again.status, f->status);
	ck_assert_str_eq(again.relay, f->relay);
	ck_assert_str_eq(again.text, f->text);
	buf_release(&line);
}
END_TEST

static const char *const bad[] = {
	"",
	"fate",
	"fate 1",
	"fate -1 sent 2.0.0 relay text",
	"fate 99999999 sent 2.0.0 relay text",
	"fate 1 gone 2.0.0 relay text",
	"fate 1 sent 2.0.0",
	"fate 1 sent 2.000000000.0 relay text",
	"done 1",
};

START_TEST(anything_else_is_no_fate)
{
	struct fate f;

	ck_assert(!fate_parse(&f, SLICE(bad[_i])));
}
END_TEST

START_TEST(what_a_worker_says_is_made_printable)
{
	struct fate f;

	ck_assert(fate_parse(&f, SLICE("fate 0 later 4.0.0 none a\x1b[2Jb\x01")));
	ck_assert_str_eq(f.text, "a?[2Jb?");
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_fate_survives_its_line, fates);
	add_table(t, anything_else_is_no_fate, bad);
	tcase_add_test(t, what_a_worker_says_is_made_printable);
}
