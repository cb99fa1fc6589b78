/* SPDX-License-Identifier: ISC */
#include "mail/header.h"

#include "base/buf.h"
#include "lib/unit.h"

static const struct { const char *text, *header, *body; } cases[] = {
	{ "", "", "" },
	{ "A: b\r\n\r\nbody\r\n", "A: b\r\n", "body\r\n" },
	{ "A: b\r\n", "A: b\r\n", "" },
	{ "A: b\r\n\r\n", "A: b\r\n", "" },
	{ "\r\nbody\r\n", "", "body\r\n" },
	{ "hello\r\nsecond\r\n", "", "hello\r\nsecond\r\n" },
	{ "A: b\r\n c\r\n\td\r\nB :e\r\nnot a field\r\nX: y\r\n", "A: b\r\n c\r\n\td\r\nB :e\r\n",
	    "not a field\r\nX: y\r\n" },
	{ "A: b\r\n \r\nB: c\r\n\r\n", "A: b\r\n \r\nB: c\r\n", "" },
	{ " begins with a blank\r\nA: b\r\n", "", " begins with a blank\r\nA: b\r\n" },
	{ "From a@x Mon Jan  1 10:00:00 2001\r\nA: b\r\n\r\nx\r\n", "A: b\r\n", "x\r\n" },
	{ "From a@x\r\n>From b@x\r\nA: b\r\n\r\nx\r\n", "A: b\r\n", "x\r\n" },
	{ "From here on\r\nit is text\r\n", "", "From here on\r\nit is text\r\n" },
	{ "From here\r\n", "", "From here\r\n" },
	{ "From : a@x\r\n\r\nx\r\n", "From : a@x\r\n", "x\r\n" },
	{ "A: b\r\nFrom c\r\n", "A: b\r\n", "From c\r\n" },
	{ ": b\r\n\r\n", "", ": b\r\n\r\n" },
	{ "\xC3\xA4: b\r\n", "", "\xC3\xA4: b\r\n" },
};

START_TEST(header_ends_where_no_field_follows_however_the_text_comes)
{
	struct slice text = SLICE(cases[_i].text);

	for (size_t step = 1; step <= text.len + 1; step++) {
		struct header h = { 0 };
		size_t        seen = 0;

		while (!header_find(&h, (struct slice){ text.at, seen }, seen == text.len))
			seen = seen + step < text.len ? seen + step : text.len;
		ck_assert(slice_equal((struct slice){ text.at + h.begin, h.end - h.begin }, SLICE(cases[_i].header)));
		ck_assert(slice_equal(slice_from(text, h.body), SLICE(cases[_i].body)));
	}
}
END_TEST

START_TEST(a_long_first_line_that_is_no_field_needs_no_end)
{
	struct header h = { 0 };
	struct buf    text = BUF(4096);

	ck_assert(header_find(&h, SLICE("no field"), false));
	h = (struct header){ 0 };
	for (int i = 0; i < 2000; i++)
		buf_add_byte(&text, 'x');
	ck_assert(header_find(&h, buf_slice(&text), false));
	ck_assert_uint_eq(h.body, 0);
	buf_release(&text);
}
END_TEST

START_TEST(fields_come_one_after_the_other)
{
	struct slice header = SLICE("To : a,\r\n b\r\nX:\r\nLast: z\r\n");
	struct field f;

	ck_assert(header_next(&header, &f));
	ck_assert(slice_equal(f.name, SLICE("To")));
	ck_assert(slice_equal(f.body, SLICE(" a,\r\n b")));
	ck_assert(slice_equal(f.whole, SLICE("To : a,\r\n b\r\n")));
	ck_assert(header_next(&header, &f));
	ck_assert_uint_eq(f.body.len, 0);
	ck_assert(header_next(&header, &f));
	ck_assert(slice_equal(f.body, SLICE(" z")));
	ck_assert(!header_next(&header, &f));
}
END_TEST

static const struct { const char *header; bool waives; } waivers[] = {
	{ "Subject: x\r\nTLS-Required: No\r\nTo: a\r\n", true },
	{ "tls-required:no\r\n", true },
	{ "TLS-Required :\r\n No \r\n", true },
	{ "Subject: TLS-Required: No\r\n", false },
	{ "X-TLS-Required: No\r\n", false },
	{ "TLS-Required: Yes\r\n", false },
	{ "TLS-Required: Not\r\n", false },
	{ "TLS-Required:\r\n", false },
	/* RFC 8689, 3: there is one at most. */
	{ "TLS-Required: No\r\nTLS-Required: No\r\n", false },
	{ "TLS-Required: No\r\nTLS-Required: Yes\r\n", false },
	{ "", false },
};

START_TEST(tls_is_waived_by_one_word_in_one_field_alone)
{
	ck_assert_int_eq(header_waives_tls(SLICE(waivers[_i].header)), waivers[_i].waives);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, tls_is_waived_by_one_word_in_one_field_alone, waivers);
	add_table(t, header_ends_where_no_field_follows_however_the_text_comes, cases);
	tcase_add_test(t, a_long_first_line_that_is_no_field_needs_no_end);
	tcase_add_test(t, fields_come_one_after_the_other);
}
