/* SPDX-License-Identifier: ISC */
#include "smtp/reply.h"

#include "smtp/script.h"

static const struct { const char *wire; int code; const char *status, *text; } cases[] = {
	{ "<220 hello", 220, "2.0.0", "220 hello" },
	{ "<250", 250, "2.0.0", "250" },
	{ "<250-", -1, "", "connection closed" },
	{ "<250-2.1.5 one\n<250 2.1.5 two", 250, "2.1.5", "250-2.1.5 one 250 2.1.5 two" },
	{ "<550 5.1.1 no such user", 550, "5.1.1", "550 5.1.1 no such user" },
	{ "<550 5.1.1", 550, "5.1.1", "550 5.1.1" },
	{ "<550 4.1.1 another class", 550, "5.0.0", "550 4.1.1 another class" },
	{ "<550 5.1.1x", 550, "5.0.0", "550 5.1.1x" },
	{ "<550 5.1000.1 long", 550, "5.0.0", "550 5.1000.1 long" },
	{ "<550 05.1.1 zero", 550, "5.0.0", "550 05.1.1 zero" },
	{ "<550 5.1", 550, "5.0.0", "550 5.1" },
	{ "<451 later", 451, "4.3.0", "451 later" },
	{ "<459 later", 459, "4.0.0", "459 later" },
	{ "<354 go on", 354, "3.0.0", "354 go on" },
	{ "<550 a\033[2Jb\xff\xc3\xa4\x7f?", 550, "5.0.0", "550 a?[2Jb?????" },
	{ "<550 bare\rreturn", 550, "5.0.0", "550 bare?return" },
	/* What is no reply. */
	{ "<hello", -1, "", "not an SMTP reply: \"hello\"" },
	{ "<", -1, "", "not an SMTP reply" },
	{ "<25", -1, "", "not an SMTP reply" },
	{ "<150 one", -1, "", "not an SMTP reply" },
	{ "<199 one", -1, "", "not an SMTP reply" },
	{ "<600 six", -1, "", "not an SMTP reply" },
	{ "<260 six", -1, "", "not an SMTP reply" },
	{ "<2500 four", -1, "", "not an SMTP reply" },
	{ "<250x", -1, "", "not an SMTP reply" },
	{ "<2 50", -1, "", "not an SMTP reply" },
	{ "<+50 ok", -1, "", "not an SMTP reply" },
	{ "<250-one\n<251 two", -1, "", "not an SMTP reply: \"251 two\"" },
	{ "<250-one\n<two", -1, "", "not an SMTP reply: \"two\"" },
	{ "<<220 he", -1, "", "connection closed by relay, waiting for the relay" },
	{ "<250-one\n!", -1, "", "timed out" },
	{ "", -1, "", "connection closed" },
};

static void
check_case(int i, bool by_octet)
{
	struct script  script;
	struct stream  stream;
	struct reply   reply = REPLY;
	struct problem why;
	char           text[512];
	int            rc;

	script_open(&script, &stream, cases[i].wire);
	script.by_octet = by_octet;
	rc = reply_read(&reply, &stream, &why);
	if (cases[i].code < 0) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(why.verdict, VERDICT_LATER);
		ck_assert_ptr_nonnull(strstr(why.text, cases[i].text));
	} else {
		ck_assert_int_eq(rc, 0);
		ck_assert_int_eq((int)reply.code, cases[i].code);
		ck_assert_str_eq(reply.status, cases[i].status);
		reply_text(&reply, text, sizeof text);
		ck_assert_str_eq(text, cases[i].text);
	}
	reply_release(&reply);
	script_end(&script, &stream);
}

START_TEST(R4_a_reply_has_one_form)
{
	check_case(_i, false);
}
END_TEST

START_TEST(a_reply_may_come_in_any_pieces)
{
	check_case(_i, true);
}
END_TEST

START_TEST(a_nul_is_an_unprintable_octet)
{
	static const char wire[] = "<550 a\0b";
	struct script     script;
	struct stream     stream;
	struct reply      reply = REPLY;
	struct problem    why;
	char              text[64];

	script_open(&script, &stream, "");
	script.rest = (struct slice){ wire, sizeof wire - 1 };
	ck_assert_int_eq(reply_read(&reply, &stream, &why), 0);
	reply_text(&reply, text, sizeof text);
	ck_assert_str_eq(text, "550 a?b");
	reply_release(&reply);
	script_end(&script, &stream);
}
END_TEST

/* One reply of lines of a length each; its code, or -1. */
static int
long_reply(unsigned nlines, unsigned len, size_t *kept)
{
	struct script  script;
	struct stream  stream;
	struct reply   reply = REPLY;
	struct problem why;
	struct buf     text = BUF(16 << 20);
	int            code;

	for (unsigned line = 1; line <= nlines; line++) {
		buf_addf(&text, "<250%c", line < nlines ? '-' : ' ');
		for (unsigned i = 4; i < len; i++)
			buf_add_byte(&text, 'x');
		buf_add_byte(&text, '\n');
	}
	script_open(&script, &stream, buf_text(&text));
	script.by_octet = true;
	code = reply_read(&reply, &stream, &why) == 0 ? (int)reply.code : -1;
	*kept = reply.lines.len;
	reply_release(&reply);
	script_end(&script, &stream);
	buf_release(&text);
	return code;
}

static const struct { unsigned nlines, len; int code; size_t kept; } longs[] = {
	{ 1, 10, 250, 11 },
	{ 512, 4, 250, 512 * 5 },
	{ 513, 4, -1, 512 * 5 },
	{ 1, 10000, 250, REPLY_MAX_LINE + 1 },
	{ 1, 65535, 250, REPLY_MAX_LINE + 1 },
	{ 1, 1 << 20, -1, REPLY_MAX_LINE },
	{ 500, 120, 250, 500 * 121 },
	{ 500, 200, -1, 0 },
};

START_TEST(R3_a_reply_that_does_not_end_is_left)
{
	size_t kept;

	ck_assert_int_eq(long_reply(longs[_i].nlines, longs[_i].len, &kept), longs[_i].code);
	if (longs[_i].kept > 0)
		ck_assert_uint_eq(kept, longs[_i].kept);
	ck_assert_uint_le(kept, REPLY_MAX + REPLY_MAX_LINES);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, R4_a_reply_has_one_form, cases);
	add_table(t, a_reply_may_come_in_any_pieces, cases);
	tcase_add_test(t, a_nul_is_an_unprintable_octet);
	add_table(t, R3_a_reply_that_does_not_end_is_left, longs);
}
