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
			struct wire w = { .dot_ends = dot };
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
		struct wire whole = { .dot_ends = true }, parts = whole;
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
	struct wire w = { 0 };
	struct buf  out = BUF(64);

	feed(&w, SLICE("a"), 1, &out);
	ck_assert(!w.had_nul);
	buf_clear(&out);
	w.open = false;
	feed(&w, (struct slice){ "x\0y\r\0\nz", 7 }, 1, &out);
	ck_assert_str_eq(buf_text(&out), "xy\r\nz\r\n");
	ck_assert(w.had_nul);
	buf_release(&out);
}
END_TEST

/* What stands in front of it is dropped, but the line was not a dot alone. */
START_TEST(a_dot_behind_a_nul_is_text)
{
	for (size_t size = 1; size < 8; size++) {
		struct wire w = { .dot_ends = true };
		struct buf  out = BUF(64);

		feed(&w, (struct slice){ "a\n\0.\nb\r\n\0.\r\n.\nc", 15 }, size, &out);
		ck_assert_str_eq(buf_text(&out), "a\r\n.\r\nb\r\n.\r\n");
		ck_assert(w.cut);
		buf_release(&out);
	}
}
END_TEST

/* Each octet at each place of a text of several steps, beside an octet of each kind. */
START_TEST(no_octet_is_lost_or_taken_for_another)
{
	static const char beside[] = { 'x', '\0', '\n', '\r', '\t', (char)0x80, (char)0xFF };

	for (size_t i = 0; i < 20 * sizeof beside; i++) {
		char        text[21], wire[64] = "";
		size_t      len = 0;
		struct wire w = { 0 };
		struct buf  out = BUF(64);

		memset(text, 'x', sizeof text);
		text[i / sizeof beside] = (char)_i;
		text[i / sizeof beside + 1] = beside[i % sizeof beside];
		for (size_t at = 0; at < sizeof text; at++)
			if (text[at] == '\r' || (text[at] == '\n' && (at == 0 || text[at - 1] != '\r')))
				len += strlcpy(wire + len, "\r\n", sizeof wire - len);
			else if (text[at] != '\n' && text[at] != '\0')
				wire[len++] = text[at];
		wire_add(&w, (struct slice){ text, sizeof text }, &out);
		ck_assert_uint_eq(out.len, len);
		ck_assert_int_eq(memcmp(out.at, wire, len), 0);
		buf_release(&out);
	}
}
END_TEST

START_TEST(lines_may_have_any_length)
{
	struct wire w = { 0 };
	struct buf  text = BUF(1 << 20), out = BUF(1 << 20);

	for (int i = 0; i < 100000; i++)
		buf_add_byte(&text, 'x');
	feed(&w, buf_slice(&text), 4096, &out);
	ck_assert_uint_eq(out.len, text.len + 2);
	buf_release(&text);
	buf_release(&out);
}
END_TEST

static const struct { const char *input; bool cut; } ends[] = {
	{ "a\n.\n", false }, { "a\n.\r\n", false }, { "a\n.", false }, { "a\n.\nb", true }, { "a\n.\n\n", true },
	{ "a\n..\nb\n", false },
};

START_TEST(what_a_dot_cut_off_is_known)
{
	for (size_t size = 1; size < 8; size++) {
		struct wire w = { .dot_ends = true };
		struct buf  out = BUF(64);

		feed(&w, SLICE(ends[_i].input), size, &out);
		ck_assert_int_eq(w.cut, ends[_i].cut);
		buf_release(&out);
	}
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, line_ends_become_pairs_wherever_the_input_is_cut, cases);
	tcase_add_test(t, no_input_gives_a_lone_cr_or_lf);
	tcase_add_test(t, nul_is_dropped);
	tcase_add_test(t, a_dot_behind_a_nul_is_text);
	tcase_add_loop_test(t, no_octet_is_lost_or_taken_for_another, 0, 256);
	tcase_add_test(t, lines_may_have_any_length);
	add_table(t, what_a_dot_cut_off_is_known, ends);
}
