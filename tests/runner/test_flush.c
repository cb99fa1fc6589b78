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

/* Hazard F16: a relay that is down must not be called as often as containers come and go. */
START_TEST(who_changes_all_the_time_has_everything_tried_ever_less_often)
{
	static const long pauses[] = { 10, 20, 40, 80, 160, 320, 600, 600 };   /* seconds */
	struct flush      f = { 0 };

	for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		flush_ask(&f, true);
		f.anew_again = (struct timespec){ 0 };   /* as when that is over */
		flush_rest(&f);
		flush_ask(&f, true);
		flush_ask(&f, true);
		ck_assert_int_gt(clock_left(f.at), pauses[i] * 1000 / 2);
		ck_assert_int_le(clock_left(f.at), pauses[i] * 1000);
	}
	f.calm = (struct timespec){ 0 };
	flush_rest(&f);
	flush_ask(&f, true);
	ck_assert_int_le(clock_left(f.at), 10 * 1000);
}
END_TEST

START_TEST(a_relay_that_works_again_does_not_wait_for_the_network_to_settle)
{
	struct flush f = { 0 };

	flush_ask(&f, false);
	ck_assert_int_eq(clock_left(f.at), 0);
	f = (struct flush){ .anew_again = clock_deadline(60000) };
	flush_ask(&f, true);
	flush_ask(&f, false);
	ck_assert_int_eq(clock_left(f.at), 0);
	ck_assert(f.anew);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_comes_in_pieces_begins_when_they_have_settled);
	tcase_add_test(t, who_changes_all_the_time_has_everything_tried_ever_less_often);
	tcase_add_test(t, a_relay_that_works_again_does_not_wait_for_the_network_to_settle);
}
