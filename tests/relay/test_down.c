/* SPDX-License-Identifier: ISC */
#include "relay/down.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/unit.h"
#include "relay/state.h"

static const struct problem refused = { VERDICT_LATER, "4.4.1", "connect to a.example.com: Connection refused" };
enum { NOW = 1700000000 };

static int
open_state(void)
{
	int state = open(unit_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(state, 0);
	return state;
}

START_TEST(F16_the_pause_doubles_from_a_minute_to_an_hour)
{
	static const long pauses[] = { 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600 };
	int               state = open_state();
	time_t            now = NOW;
	struct down       d;

	for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		ck_assert(!down_read(&d, state, "a.example.com", 25, now));
		down_mark(state, "a.example.com", 25, &refused, now);
		ck_assert(down_read(&d, state, "a.example.com", 25, now));
		ck_assert_int_eq(d.until, now + pauses[i]);
		ck_assert_int_eq(d.since, NOW);
		ck_assert_uint_eq(d.failures, i + 1);
		ck_assert_str_eq(d.why.text, refused.text);
		ck_assert_str_eq(d.why.status, "4.4.1");
		ck_assert(down_read(&d, state, "a.example.com", 25, d.until - 1));
		now = d.until;
	}
	close(state);
}
END_TEST

START_TEST(several_workers_that_fail_at_once_count_as_one)
{
	int         state = open_state();
	struct down d;

	for (int i = 0; i < 4; i++)
		down_mark(state, "a.example.com", 25, &refused, NOW + i);
	ck_assert(down_read(&d, state, "a.example.com", 25, NOW));
	ck_assert_uint_eq(d.failures, 1);
	ck_assert_int_eq(d.until, NOW + 60);
	close(state);
}
END_TEST

START_TEST(a_success_forgets_all)
{
	int         state = open_state();
	struct down d;

	down_mark(state, "a.example.com", 25, &refused, NOW);
	down_mark(state, "a.example.com", 25, &refused, NOW + 60);
	down_forget(state, "a.example.com", 25);
	ck_assert(!down_read(&d, state, "a.example.com", 25, NOW + 61));
	down_mark(state, "a.example.com", 25, &refused, NOW + 100);
	ck_assert(down_read(&d, state, "a.example.com", 25, NOW + 100));
	ck_assert_int_eq(d.until, NOW + 160);
	close(state);
}
END_TEST

START_TEST(one_port_of_a_host_says_nothing_of_another)
{
	int         state = open_state();
	struct down d;

	down_mark(state, "A.example.com", 25, &refused, NOW);
	ck_assert(down_read(&d, state, "a.example.com", 25, NOW));
	ck_assert(!down_read(&d, state, "a.example.com", 587, NOW));
	ck_assert(!down_read(&d, state, "b.example.com", 25, NOW));
	close(state);
}
END_TEST

START_TEST(F15_a_pause_from_another_time_does_not_hold)
{
	int         state = open_state();
	struct down d;

	down_mark(state, "a.example.com", 25, &refused, NOW);
	ck_assert(!down_read(&d, state, "a.example.com", 25, NOW - 86400));   /* the clock went back */
	down_mark(state, "a.example.com", 25, &refused, NOW - 86400);
	ck_assert(down_read(&d, state, "a.example.com", 25, NOW - 86400));
	ck_assert_uint_eq(d.failures, 1);
	close(state);
}
END_TEST

START_TEST(a_host_is_no_path)
{
	int         state = open_state();
	struct down d;

	down_mark(state, "../x/../../etc", 25, &refused, NOW);
	ck_assert(down_read(&d, state, "../x/../../etc", 25, NOW));
	ck_assert_int_eq(faccessat(state, "down..._x_.._.._etc:25", R_OK, 0), 0);
	close(state);
}
END_TEST

static const char *const garbage[] = {
	"", "x", "since", "since 1 until 2", "since a until 1700000060 failures 1 4.4.1 x",
	"since 1700000000 until 99999999999999999999 failures 1 4.4.1 x",
	"since 1700000000 until -1 failures 1 4.4.1 x",
};

START_TEST(garbage_is_no_opinion)
{
	int         state = open_state();
	struct down d;

	state_write(state, "down.a.example.com:25", SLICE(garbage[_i]));
	ck_assert(!down_read(&d, state, "a.example.com", 25, NOW));
	close(state);
}
END_TEST

START_TEST(without_a_directory_nothing_is_remembered)
{
	struct down d;

	down_mark(-1, "a.example.com", 25, &refused, NOW);
	ck_assert(!down_read(&d, -1, "a.example.com", 25, NOW));
	down_forget(-1, "a.example.com", 25);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, F16_the_pause_doubles_from_a_minute_to_an_hour);
	tcase_add_test(t, several_workers_that_fail_at_once_count_as_one);
	tcase_add_test(t, a_success_forgets_all);
	tcase_add_test(t, one_port_of_a_host_says_nothing_of_another);
	tcase_add_test(t, F15_a_pause_from_another_time_does_not_hold);
	tcase_add_test(t, a_host_is_no_path);
	add_table(t, garbage_is_no_opinion, garbage);
	tcase_add_test(t, without_a_directory_nothing_is_remembered);
}
