/* SPDX-License-Identifier: ISC */
#include "mail/fold.h"

#include <string.h>

#include "base/buf.h"
#include "lib/unit.h"

enum { ROOM = 200 };

/* front, then so many of fill, then back, then x without an end. */
static const struct {
	const char *front, *fill;
	size_t      nfill;
	const char *back;
	enum fold   how;
	size_t      at;
} cases[] = {
	{ "a b", "", 0, "", FOLD_TEXT, 2 },
	{ "ab c", "", 0, "", FOLD_FIELD, 2 },
	{ "a", "", 0, "", FOLD_TEXT, ROOM },
	{ "a", " ", 300, "", FOLD_TEXT, ROOM },
	{ "a", "x", ROOM - 2, "\xC3\xA4", FOLD_TEXT, ROOM - 1 },   /* no character is parted */
	{ "a", "x", ROOM - 1, "--b", FOLD_TEXT, ROOM - 1 },         /* nor does a line begin with a hyphen */
	{ "a ", "x", 20, " -b", FOLD_TEXT, 2 },
	/* What is in front of the blank would be a delimiter, though the line is none. */
	{ "--a b--", "", 0, "", FOLD_TEXT, ROOM },
	{ "--a: b", "", 0, "", FOLD_FIELD, ROOM },
	{ "--", "a", 72, " b", FOLD_TEXT, ROOM },
	{ "--", "a", 73, " b", FOLD_TEXT, 76 },
	{ "--a", " ", 300, "", FOLD_TEXT, 2 },
	{ "--a--", " ", 300, "", FOLD_TEXT, 4 },
	{ "--a-", " ", ROOM - 4, "", FOLD_TEXT, 3 },
	{ "--", " ", 300, "", FOLD_TEXT, 1 },
	{ "  --a", " ", 300, "", FOLD_TEXT, ROOM },   /* what a blank begins is none, and what follows would be one */
};

START_TEST(what_is_parted_is_read_as_before)
{
	struct buf line = BUF(1000);

	buf_add(&line, SLICE(cases[_i].front));
	for (size_t i = 0; i < cases[_i].nfill; i++)
		buf_add(&line, SLICE(cases[_i].fill));
	buf_add(&line, SLICE(cases[_i].back));
	while (line.len < 2 * ROOM)
		buf_add_byte(&line, 'x');
	ck_assert_uint_eq(fold_at(buf_slice(&line), ROOM, cases[_i].how), cases[_i].at);
	buf_release(&line);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, what_is_parted_is_read_as_before, cases);
}
