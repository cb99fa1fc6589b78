/* SPDX-License-Identifier: ISC */
#include "runner/flush.h"

#include "base/clock.h"
#include "lib/unit.h"

/* An address, a route, resolv.conf: what is tried before the last of them is tried in vain, and then not for hours. */
START_TEST(what_comes_in_pieces_begins_when_they_have_settled)
{
	struct flush f = { 0 };

	flush_ask(&f, true);
	f.at = clock_deadline(10);   /* as some time later */
	flush_ask(&f, true);
	ck_assert_int_gt(clock_left(f.at), 10);
	f.at = clock_deadline(10);
	f.latest = clock_deadline(300);
	flush_ask(&f, true);
	ck_assert_mem_eq(&f.at, &f.latest, sizeof f.at);
	f.at = clock_deadline(10);
	flush_ask(&f, false);
	ck_assert_int_le(clock_left(f.at), 10);
}
END_TEST

START_TEST(who_changes_all_the_time_waits_until_the_last_flush_is_old)
{
	struct flush f = { .again = clock_deadline(5000) };

	flush_ask(&f, true);
	flush_ask(&f, true);
	ck_assert_int_gt(clock_left(f.at), 2000);
	ck_assert_int_le(clock_left(f.at), 5000);
	f = (struct flush){ 0 };
	flush_ask(&f, false);
	ck_assert_int_eq(clock_left(f.at), 0);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_comes_in_pieces_begins_when_they_have_settled);
	tcase_add_test(t, who_changes_all_the_time_waits_until_the_last_flush_is_old);
}
