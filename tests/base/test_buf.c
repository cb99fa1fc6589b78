/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include "lib/unit.h"

START_TEST(full_is_sticky_and_keeps_what_fitted)
{
	struct buf b = BUF(5);

	buf_add(&b, SLICE("abc"));
	buf_add(&b, SLICE("def"));
	buf_add(&b, SLICE("g"));
	ck_assert(b.full);
	ck_assert_str_eq(buf_text(&b), "abc");
	buf_clear(&b);
	buf_addf(&b, "%d", 12345);
	ck_assert(!b.full);
	ck_assert_str_eq(buf_text(&b), "12345");
	buf_release(&b);
}
END_TEST

START_TEST(empty_buf_is_an_empty_string)
{
	struct buf b = BUF(5);

	ck_assert_str_eq(buf_text(&b), "");
	ck_assert_uint_eq(buf_slice(&b).len, 0);
	buf_release(&b);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, full_is_sticky_and_keeps_what_fitted);
	tcase_add_test(t, empty_buf_is_an_empty_string);
}
