/* SPDX-License-Identifier: ISC */
#include "runner/schedule.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/unit.h"

static void
add(struct schedule *s, time_t at, const char *id)
{
	struct due due = { .at = at, .caller = -1 };

	strlcpy(due.id, id, sizeof due.id);
	schedule_add(s, &due);
}

START_TEST(they_come_by_time_and_then_by_age)
{
	struct schedule s = SCHEDULE;
	struct due      due, last = { 0 };
	unsigned        seed = 7;

	for (int i = 0; i < 1000; i++) {
		char id[32];

		seed = seed * 1103515245 + 12345;
		snprintf(id, sizeof id, "%014X", seed);
		add(&s, seed >> 16 & 15, id);
	}
	for (int i = 0; i < 1000; i++) {
		ck_assert(schedule_take(&s, 15, &due));
		ck_assert(due.at > last.at || (due.at == last.at && strcmp(due.id, last.id) >= 0));
		last = due;
	}
	ck_assert(!schedule_take(&s, 15, &due));
	schedule_release(&s);
}
END_TEST

START_TEST(nothing_comes_before_its_time)
{
	struct schedule s = SCHEDULE;
	struct due      due;

	ck_assert_int_eq(schedule_wait(&s, 5), -1);
	add(&s, 10, "A");
	ck_assert_int_eq(schedule_wait(&s, 5), 5);
	ck_assert(!schedule_take(&s, 9, &due));
	ck_assert(schedule_take(&s, 10, &due));
	schedule_release(&s);
}
END_TEST

START_TEST(hastened_all_are_due_oldest_first)
{
	struct schedule s = SCHEDULE;
	struct due      due;

	add(&s, 10, "B");
	add(&s, 20, "A");
	add(&s, 30, "C");
	schedule_hasten(&s, 5);
	for (char id = 'A'; id <= 'C'; id++) {
		ck_assert(schedule_take(&s, 5, &due));
		ck_assert_int_eq(due.id[0], id);
	}
	schedule_release(&s);
}
END_TEST

/* Hazard F15.  By how much the clock is set, and when what was due in 10 and in 5000 seconds is due then. */
static const struct { time_t step, soon, late; } steps[] = {
	{ 1, 10, 5000 },   /* no more than clocks always do */
	{ 1800000000, 1800000010, 1800005000 },
	{ -1800000000, -1799999990, -1799995000 },
	{ 3600, 3610, 8600 },
};

START_TEST(a_clock_that_is_set_delays_nothing)
{
	struct schedule s = { .lead = 7 };
	struct due      due;

	add(&s, 5000, "B");
	add(&s, 10, "A");
	schedule_follow_clock(&s, 7 + steps[_i].step, 4000000000);
	schedule_follow_clock(&s, 7 + steps[_i].step, 4000000000);
	ck_assert(!schedule_take(&s, steps[_i].soon - 1, &due));
	ck_assert(schedule_take(&s, steps[_i].soon, &due));
	ck_assert(!schedule_take(&s, steps[_i].late - 1, &due));
	ck_assert(schedule_take(&s, steps[_i].late, &due));
	schedule_release(&s);
}
END_TEST

START_TEST(after_a_step_nothing_is_due_later_than_anything_can_be)
{
	struct schedule s = SCHEDULE;

	add(&s, 1800000000, "A");   /* by the new clock already */
	schedule_follow_clock(&s, 1800000000, 1800018000);
	ck_assert_int_eq(schedule_wait(&s, 1800000000), 18000);
	schedule_release(&s);
}
END_TEST

START_TEST(what_a_step_brings_together_comes_oldest_first)
{
	struct schedule s = SCHEDULE;
	struct due      due;

	add(&s, 1800000000, "B");
	add(&s, 1800000010, "A");
	schedule_follow_clock(&s, 1800000000, 1800018000);
	ck_assert(schedule_take(&s, 1800018000, &due));
	ck_assert_str_eq(due.id, "A");
	schedule_release(&s);
}
END_TEST

static bool
is_odd(void *argument, const char *id)
{
	++*(int *)argument;
	return strtoul(id, NULL, 16) % 2 == 1;
}

START_TEST(those_wanted_are_hastened_and_the_others_keep_their_time)
{
	struct schedule s = SCHEDULE;
	struct due      due;
	int             asked = 0;

	for (unsigned i = 0; i < 100; i++) {
		char id[32];

		snprintf(id, sizeof id, "%014X", i);
		add(&s, 1000 + (i * 37) % 100, id);
	}
	add(&s, 1, "00000000000101");   /* due long since: no later than it was */
	schedule_hasten_some(&s, 10, is_odd, &asked);
	ck_assert_int_eq(asked, 101);
	ck_assert(schedule_take(&s, 1, &due));
	for (unsigned i = 1; i < 100; i += 2) {
		ck_assert(schedule_take(&s, 10, &due));
		ck_assert_uint_eq(strtoul(due.id, NULL, 16), i);
	}
	for (time_t last = 11; schedule_take(&s, 2000, &due); last = due.at) {
		ck_assert_uint_eq(strtoul(due.id, NULL, 16) % 2, 0);
		ck_assert_int_ge(due.at, last);
	}
	schedule_release(&s);
}
END_TEST

START_TEST(what_is_put_off_is_what_is_due_and_nobody_waits_for)
{
	struct schedule s = SCHEDULE;
	struct due      due, awaited = { .at = 3, .caller = open("/dev/null", O_RDONLY), .id = "B" };

	add(&s, 1, "A");
	schedule_add(&s, &awaited);
	add(&s, 5, "C");
	add(&s, 6, "D");
	schedule_put_off(&s, 5, 60);
	ck_assert(schedule_take(&s, 5, &due));
	ck_assert_str_eq(due.id, "B");
	close(due.caller);
	ck_assert_int_eq(schedule_wait(&s, 5), 1);
	ck_assert(schedule_take(&s, 6, &due));
	ck_assert_str_eq(due.id, "D");
	ck_assert(!schedule_take(&s, 59, &due));
	ck_assert(schedule_take(&s, 60, &due));
	ck_assert_str_eq(due.id, "A");
	schedule_release(&s);
}
END_TEST

START_TEST(what_is_recalled_was_put_off)
{
	struct schedule s = SCHEDULE;
	struct due      due;

	add(&s, 1, "A");
	add(&s, 6, "B");
	schedule_put_off(&s, 5, 60);
	schedule_recall(&s, 5);
	ck_assert(schedule_take(&s, 5, &due));
	ck_assert_str_eq(due.id, "A");
	ck_assert(!schedule_take(&s, 5, &due));
	ck_assert_int_eq(schedule_wait(&s, 5), 1);
	schedule_release(&s);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, they_come_by_time_and_then_by_age);
	tcase_add_test(t, nothing_comes_before_its_time);
	add_table(t, a_clock_that_is_set_delays_nothing, steps);
	tcase_add_test(t, after_a_step_nothing_is_due_later_than_anything_can_be);
	tcase_add_test(t, what_a_step_brings_together_comes_oldest_first);
	tcase_add_test(t, hastened_all_are_due_oldest_first);
	tcase_add_test(t, those_wanted_are_hastened_and_the_others_keep_their_time);
	tcase_add_test(t, what_is_put_off_is_what_is_due_and_nobody_waits_for);
	tcase_add_test(t, what_is_recalled_was_put_off);
}
