/* SPDX-License-Identifier: ISC */
#include "base/slice.h"

#include <stdlib.h>

#include "lib/unit.h"

static const struct { const char *text; bool good; unsigned long long number; } numbers[] = {
	{ "0", true, 0 },
	{ "007", true, 7 },
	{ "100", true, 100 },
	{ "101", false, 0 },
	{ "99999999999999999999", false, 0 },
	{ "", false, 0 },
	{ "-1", false, 0 },
	{ "1 ", false, 0 },
};

START_TEST(number_takes_digits_up_to_its_maximum_alone)
{
	unsigned long long number = 0;

	ck_assert_int_eq(slice_number(SLICE(numbers[_i].text), 100, &number), numbers[_i].good);
	ck_assert_uint_eq(number, numbers[_i].number);
}
END_TEST

START_TEST(cut_and_word_leave_the_rest)
{
	struct slice rest = SLICE("  one\ttwo three"), all = SLICE("a:b:");

	ck_assert(slice_equal(slice_word(&rest), SLICE("one")));
	ck_assert(slice_equal(slice_cut(&all, ':'), SLICE("a")));
	ck_assert(slice_equal(slice_cut(&all, ':'), SLICE("b")));
	ck_assert_uint_eq(slice_cut(&all, ':').len, 0);
	ck_assert(slice_equal(slice_word(&rest), SLICE("two")));
	ck_assert(slice_equal(slice_trim(rest), SLICE("three")));
}
END_TEST

START_TEST(case_counts_only_where_it_is_asked_for)
{
	ck_assert(slice_same(SLICE("Bcc"), SLICE("bCC")));
	ck_assert(!slice_equal(SLICE("Bcc"), SLICE("bCC")));
}
END_TEST

START_TEST(nul_is_a_byte_like_any_other)
{
	struct slice with = { "a\0b", 3 };
	char        *copy = slice_dup(with);

	ck_assert(slice_has_control(with));
	ck_assert(!slice_equal(with, SLICE("a")));
	ck_assert_int_eq(memcmp(copy, "a\0b", 4), 0);
	free(copy);
}
END_TEST

/* Long enough for several steps, at each place. */
START_TEST(one_octet_above_127_is_found_wherever_it_stands)
{
	char         text[30];
	struct slice all = { text, sizeof text };

	memset(text, 'x', sizeof text);
	ck_assert(slice_is_ascii(all));
	for (size_t i = 0; i < sizeof text; i++) {
		text[i] = (char)0x80;
		ck_assert(!slice_is_ascii(all));
		text[i] = 'x';
	}
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, number_takes_digits_up_to_its_maximum_alone, numbers);
	tcase_add_test(t, cut_and_word_leave_the_rest);
	tcase_add_test(t, case_counts_only_where_it_is_asked_for);
	tcase_add_test(t, nul_is_a_byte_like_any_other);
	tcase_add_test(t, one_octet_above_127_is_found_wherever_it_stands);
}
