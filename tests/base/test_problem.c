/* SPDX-License-Identifier: ISC */
#include "base/problem.h"

#include "lib/unit.h"

START_TEST(text_is_one_printable_line)
{
	struct problem why;

	ck_assert_int_eq(problem_set(&why, VERDICT_LATER, "4.3.0", "said: %s", "450 a\r\nb\033[2J\xff"), -1);
	ck_assert_str_eq(why.text, "said: 450 a??b?[2J?");
	ck_assert_str_eq(why.status, "4.3.0");
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
}
END_TEST

START_TEST(long_texts_are_cut)
{
	struct problem why;
	char           text[2000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	problem_set(&why, VERDICT_NEVER, "5.123456.7890123", "%s", text);
	ck_assert_uint_eq(strlen(why.text), sizeof why.text - 1);
	ck_assert_uint_eq(strlen(why.status), sizeof why.status - 1);
	problem_prefix(&why, text);
	ck_assert_uint_eq(strlen(why.text), 200 + 2 + 300);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, text_is_one_printable_line);
	tcase_add_test(t, long_texts_are_cut);
}
