/* SPDX-License-Identifier: ISC */
#include "mail/wire.h"

#include "lib/unit.h"

static const struct { const char *input, *wire, *wire_until_dot; } cases[] = {
	{ "", "", "" },
	{ "a\n", "a\r\n", "a\r\n" },
	{ "a\r\nb\nc\rd", "a\r\nb\r\nc\r\nd\r\n", "a\r\nb\r\nc\r\nd\r\n" },
	{ "\n\n", "\r\n\r\n", "\r\n\r\n" },
	{ "\r\r\n\n", "\r\n\r\n\r\n", "\r\n\r\n\r\n" },
	{ "a\r", "a\r\n", "a\r\n" },
	{ "a\n.\nb\n", "a\r\n.\r\nb\r\n", "a\r\n" },
	{ "a\n.\r\nb\n", "a\r\n.\r\nb\r\n", "a\r\n" },
	{ ".\nb\n", ".\r\nb\r\n", "" },
	{ "a\n.", "a\r\n.\r\n", "a\r\n" },
	{ "a\n.\r", "a\r\n.\r\n", "a\r\n" },
	{ "a\n..\nb.\n.c\n.\rd\n", "a\r\n..\r\nb.\r\n.c\r\n.\r\nd\r\n", "a\r\n..\r\nb.\r\n.c\r\n.\r\nd\r\n" },
	{ "a\n.\ry\r.\r\n", "a\r\n.\r\ny\r\n.\r\n", "a\r\n.\r\ny\r\n.\r\n" },
	{ "a\r.\rMAIL\r\n", "a\r\n.\r\nMAIL\r\n", "a\r\n.\r\nMAIL\r\n" },
	{ "\n.\n", "\r\n.\r\n", "\r\n" },
};

/* What comes out when the input is fed in pieces of at most size octets. */
static void
feed(struct wire *w, struct slice in, size_t size, struct buf *out)
{
	while (in.len > 0) {
		size_t n = in.len < size ? in.len : size;

		wire_add(w, (struct slice){ in.at, n }, out);
		in = slice_from(in, n);
	}
	wire_end(w, out);
}

static void
assert_only_pairs(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		ck_assert(s.at[i] != '\0');
		ck_assert_int_eq(s.at[i] == '\r', i + 1 < s.len && s.at[i + 1] == '\n');
		ck_assert_int_eq(s.at[i] == '\n', i > 0 && s.at[i - 1] == '\r');
	}
}

START_TEST(line_ends_become_pairs_wherever_the_input_is_cut)
{
	for (size_t size = 1; size < 8; size++)
		for (int dot = 0; dot < 2; dot++) {
			struct wire w = { .in_body = true, .dot_ends = dot };
			struct buf  out = BUF(256);

			feed(&w, SLICE(cases[_i].input), size, &out);
			ck_assert_str_eq(buf_text(&out), dot ? cases[_i].wire_until_dot : cases[_i].wire);
			assert_only_pairs(buf_slice(&out));
			buf_release(&out);
		}
}
END_TEST

/* Every text of up to five octets of those that matter. */
START_TEST(no_input_gives_a_lone_cr_or_lf)
{
	static const char octets[] = { '\r', '\n', '.', 'x', '\0' };

	for (int number = 0; number < 5 * 5 * 5 * 5 * 5; number++) {
		char        text[5];
		struct wire whole = { .in_body = true, .dot_ends = true }, parts = whole;
		struct buf  out = BUF(256), out_of_parts = BUF(256);

		for (int i = 0, n = number; i < 5; i++, n /= 5)
			text[i] = octets[n % 5];
		feed(&whole, (struct slice){ text, 5 }, 5, &out);
		feed(&parts, (struct slice){ text, 5 }, 1, &out_of_parts);
		assert_only_pairs(buf_slice(&out));
		ck_assert_str_eq(buf_text(&out), buf_text(&out_of_parts));
		buf_release(&out);
		buf_release(&out_of_parts);
	}
}
END_TEST

START_TEST(nul_is_dropped)
{
	struct wire w = { .in_body = true };
	struct buf  out = BUF(64);

	feed(&w, (struct slice){ "x\0y\r\0\nz", 7 }, 1, &out);
	ck_assert_str_eq(buf_text(&out), "xy\r\nz\r\n");
	buf_release(&out);
}
END_TEST

static const struct { size_t len, nlines; } lines[] = {
	{ 997, 1 }, { 998, 1 }, { 999, 2 }, { 1996, 2 }, { 1997, 3 }, { 100000, 101 },
};

START_TEST(no_line_of_the_body_is_over_998)
{
	struct buf text = BUF(1 << 20);

	for (size_t i = 0; i < lines[_i].len; i++)
		buf_add_byte(&text, 'x');
	for (size_t size = 1; size < 4000; size = size * 3 + 1) {
		struct wire  w = { .in_body = true };
		struct buf   out = BUF(1 << 20);
		struct slice rest;
		size_t       n = 0, octets = 0;

		feed(&w, buf_slice(&text), size, &out);
		for (rest = buf_slice(&out); rest.len > 0; n++) {
			size_t len = slice_cut(&rest, '\n').len - 1;

			ck_assert_uint_le(len, WIRE_LINE_MAX);
			octets += len;
		}
		ck_assert_uint_eq(n, lines[_i].nlines);
		ck_assert_uint_eq(octets, lines[_i].len);
		buf_release(&out);
	}
	buf_release(&text);
}
END_TEST

START_TEST(a_header_line_is_not_broken)
{
	struct wire w = { 0 };
	struct buf  text = BUF(4096), out = BUF(4096);

	for (int i = 0; i < 2000; i++)
		buf_add_byte(&text, 'x');
	feed(&w, buf_slice(&text), 4096, &out);
	ck_assert_uint_eq(out.len, 2002);
	buf_release(&text);
	buf_release(&out);
}
END_TEST

START_TEST(body_goes_on_where_the_header_ended)
{
	struct wire w = { 0 };
	struct buf  first = BUF(64), out = BUF(64);

	wire_add(&w, SLICE("a: b\n\nbody\r"), &first);
	ck_assert_str_eq(buf_text(&first), "a: b\r\n\r\nbody\r\n");
	wire_body(&w, slice_from(buf_slice(&first), 8), &out);
	wire_add(&w, SLICE("\nmore"), &out);
	wire_end(&w, &out);
	ck_assert_str_eq(buf_text(&out), "body\r\nmore\r\n");
	buf_release(&first);
	buf_release(&out);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, line_ends_become_pairs_wherever_the_input_is_cut, cases);
	tcase_add_test(t, no_input_gives_a_lone_cr_or_lf);
	tcase_add_test(t, nul_is_dropped);
	add_table(t, no_line_of_the_body_is_over_998, lines);
	tcase_add_test(t, a_header_line_is_not_broken);
	tcase_add_test(t, body_goes_on_where_the_header_ended);
}
