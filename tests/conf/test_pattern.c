/* SPDX-License-Identifier: ISC */
#include "conf/pattern.h"

#include "lib/unit.h"

static const struct { const char *patterns, *name; bool covered; } names[] = {
	{ "*.nz", "clear.net.NZ", true },
	{ "*.nz", "nz", false },
	{ "*.nz !*.ac.nz", "a.ac.nz", false },
	{ "!*.ac.nz *.nz", "a.ac.nz", false },
	{ "!*.ac.nz", "example.com", true },
	{ "!*.ac.nz", "a.ac.nz", false },
	{ "mx[0-9].example.net", "mx1.example.net", true },
	{ "*", "", true },
	{ "", "example.com", false },
};

static struct patterns
list_of(const char *text)
{
	struct patterns list = { 0 };
	struct slice    rest = SLICE(text), word;

	while ((word = slice_word(&rest)).len > 0)
		patterns_add(&list, word);
	return list;
}

START_TEST(plain_pattern_covers_unless_a_negated_one_matches)
{
	struct patterns list = list_of(names[_i].patterns);

	ck_assert_int_eq(patterns_cover(&list, names[_i].name), names[_i].covered);
	patterns_release(&list);
}
END_TEST

static const struct { const char *patterns, *mailbox; bool covered; } mailboxes[] = {
	{ "example.com", "joe@Example.com", true },
	{ "joe@*", "joe@example.com", true },
	{ "joe@*", "jim@example.com", false },
	{ "*.com !joe@*", "joe@example.com", false },
	{ "*.com", "\"a@b.nz\"@example.com", true },
	{ "*.nz", "\"a@b.nz\"@example.com", false },
	{ "example.com", "", false },
	{ "*", "", true },
};

START_TEST(pattern_with_an_at_is_held_against_all_of_a_mailbox)
{
	struct patterns list = list_of(mailboxes[_i].patterns);

	ck_assert_int_eq(patterns_cover_mailbox(&list, mailboxes[_i].mailbox), mailboxes[_i].covered);
	patterns_release(&list);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, plain_pattern_covers_unless_a_negated_one_matches, names);
	add_table(t, pattern_with_an_at_is_held_against_all_of_a_mailbox, mailboxes);
}
