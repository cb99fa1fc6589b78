/* SPDX-License-Identifier: ISC */
#include "mail/undot.h"

#include "base/buf.h"
#include "lib/unit.h"

/* What is text where lines end in CRLF, and where they end in LF; '$' marks the end, if it came. */
static const struct { const char *input, *crlf, *lf; } cases[] = {
	{ ".\r\nQUIT\r\n", "$", "$" },
	{ "a\r\n.\r\nb", "a\r\n$", "a\r\n$" },
	{ "..\r\n.a\r\n...b\r\n.\r\n", ".\r\na\r\n..b\r\n$", ".\r\na\r\n..b\r\n$" },
	{ ".\nb\r\n.\r\n", "\nb\r\n$", "$" },
	{ "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n$", "a\n$" },
	{ "a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n$", "a\n$" },
	{ "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n$", "a\r\n$" },
	{ "a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n$", "a\r.\r\nb\r\n$" },
	{ "a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n$", "a\r\n\r.\r\n$" },
	{ "a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n$", "a\r\n\r\r\n$" },
	{ "a\n..\n.\n", "a\n..\n.\n", "a\n.\n$" },
	{ "a\r\n.\r", "a\r\n", "a\r\n" },
};

START_TEST(a_dot_ends_the_text_alone_on_its_line_wherever_the_input_is_cut)
{
	for (int lf = 0; lf < 2; lf++)
		for (size_t size = 1; size < 9; size++)
			for (size_t room = UNDOT_ROOM; room < 5; room++) {
				struct undot u = { .lf_ends_line = lf };
				struct slice left = SLICE(cases[_i].input);
				struct buf   out = BUF(256);

				while (left.len > 0 && !u.ended) {
					struct slice piece = { left.at, left.len < size ? left.len : size }, rest = piece;
					char         text[8];
					size_t       n = undot(&u, &rest, text, room);

					ck_assert_uint_le(n, room);
					buf_add(&out, (struct slice){ text, n });
					left = slice_from(left, piece.len - rest.len);
				}
				if (u.ended)
					buf_add_byte(&out, '$');
				ck_assert_str_eq(buf_text(&out), lf ? cases[_i].lf : cases[_i].crlf);
				buf_release(&out);
			}
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_dot_ends_the_text_alone_on_its_line_wherever_the_input_is_cut, cases);
}
