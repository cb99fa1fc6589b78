/* SPDX-License-Identifier: ISC */
#include "runner/retry.h"

#include "lib/unit.h"

static const struct conf conf = {
	.retry_first_seconds = 300,
	.retry_longest_seconds = 14400,
	.warn_seconds = 14400,
	.expire_seconds = 432000,
};

static const struct { unsigned tries; time_t least; } pauses[] = {
	{ 1, 300 }, { 2, 600 }, { 3, 1200 }, { 6, 9600 }, { 7, 14400 }, { 8, 14400 }, { 1000000, 14400 },
};

START_TEST(pauses_double_up_to_the_longest_with_jitter)
{
	for (int i = 0; i < 100; i++) {
		time_t pause = retry_next(&conf, pauses[_i].tries, 1000) - 1000;

		ck_assert_int_ge(pause, pauses[_i].least);
		ck_assert_int_le(pause, pauses[_i].least * 5 / 4);
	}
}
END_TEST

START_TEST(a_next_try_that_no_clock_meant_is_brought_near)
{
	struct entry e = { .next = 4000000000 };

	ck_assert_int_le(retry_due(&conf, &e, 1000), 1000 + 14400 * 5 / 4);
	e.next = 1500;
	ck_assert_int_eq(retry_due(&conf, &e, 1000), 1500);
}
END_TEST

START_TEST(giving_up_takes_age_and_tries)
{
	struct entry e = { .arrived = 1000, .tries = 5 };

	ck_assert(!retry_is_over(&conf, &e, 1000 + 431999));
	ck_assert(retry_is_over(&conf, &e, 1000 + 432000));
	ck_assert(!retry_is_over(&conf, &e, 10));   /* the clock went back */
	e.tries = 0;
	ck_assert(!retry_is_over(&conf, &e, 4000000000));   /* the clock went forward */
}
END_TEST

/* Hazard F15: what a clock jumped over, or a host slept through, was no waiting. */
static const struct { time_t arrived, next, now, counts; } waits[] = {
	{ 1000, 1300, 1300, 300 },
	{ 1000, 1300, 1000 + 400000, 300 + 108000 },
	{ 1000, 1300, 1800000000, 300 + 108000 },
	{ 1000, 1300, 1200, 200 },               /* somebody asked for a try */
	{ 1000, 1300, 10, 0 },
	{ 4000000000, 4000000300, 1800000000, 0 },
	{ 1000, 0, 1000, 0 },
};

START_TEST(a_jump_of_the_clock_is_no_waiting)
{
	struct entry e = { .arrived = waits[_i].arrived, .next = waits[_i].next };

	retry_follow_clock(&conf, &e, waits[_i].now);
	ck_assert_int_eq(waits[_i].now - e.arrived, waits[_i].counts);
}
END_TEST

START_TEST(the_sender_is_warned_once)
{
	struct entry e = { .arrived = 1000 };

	ck_assert(!retry_is_late(&conf, &e, 1000 + 14399));
	ck_assert(retry_is_late(&conf, &e, 1000 + 14400));
	e.warned = true;
	ck_assert(!retry_is_late(&conf, &e, 1000 + 14400));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, pauses_double_up_to_the_longest_with_jitter, pauses);
	tcase_add_test(t, a_next_try_that_no_clock_meant_is_brought_near);
	tcase_add_test(t, giving_up_takes_age_and_tries);
	add_table(t, a_jump_of_the_clock_is_no_waiting, waits);
	tcase_add_test(t, the_sender_is_warned_once);
}
