/* SPDX-License-Identifier: ISC */
#include "relay/turn.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/unit.h"

enum { NOT_LONG = 30, FOR_EVER = 1000 * 1000 };   /* milliseconds */

static int state;

static int
take(long milliseconds)
{
	return turn_take(state, "a.example.com", 25, milliseconds);
}

/* What somebody else has. */
static int
given_a_turn(void)
{
	int turn;

	state = open(unit_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	turn = take(0);
	ck_assert_int_ge(turn, 0);
	return turn;
}

START_TEST(a_turn_is_one_relays_and_one_processs)
{
	int first = given_a_turn(), other;

	ck_assert_int_eq(turn_take(state, "A.example.com", 25, NOT_LONG), TURN_BUSY);
	other = turn_take(state, "a.example.com", 587, 0);
	ck_assert_int_ge(other, 0);
	turn_leave(&other);
	turn_leave(&first);
	ck_assert_int_eq(first, TURN_NONE);
	first = take(0);
	ck_assert_int_ge(first, 0);
	turn_leave(&first);
	close(state);
}
END_TEST

START_TEST(where_one_has_waited_in_vain_nobody_waits_and_he_who_has_it_hears_of_it)
{
	int             first = given_a_turn();
	struct timespec begin = clock_deadline(FOR_EVER);

	ck_assert_int_eq(take(NOT_LONG), TURN_BUSY);
	ck_assert_int_eq(take(FOR_EVER), TURN_BUSY);
	ck_assert_int_gt(clock_left(begin), FOR_EVER / 2);
	ck_assert(turn_leave(&first));
	first = take(0);
	ck_assert(!turn_leave(&first));   /* that was another turn's */
	close(state);
}
END_TEST

START_TEST(who_does_not_wait_leaves_no_mark)
{
	int first = given_a_turn();

	ck_assert_int_eq(take(0), TURN_BUSY);
	ck_assert(!turn_leave(&first));
	close(state);
}
END_TEST

/* One that answers each command just before it is slow could keep all others away for many minutes. */
START_TEST(who_keeps_others_waiting_for_long_has_lost_his_turn)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = clock_now() - 60 } };
	int                   first = given_a_turn();

	ck_assert_int_eq(take(NOT_LONG), TURN_BUSY);
	ck_assert_int_eq(futimens(first, times), 0);
	ck_assert_int_eq(take(NOT_LONG), TURN_NONE);
	ck_assert_int_eq(take(0), TURN_BUSY);   /* that one has lost nothing */
	turn_leave(&first);
	close(state);
}
END_TEST

START_TEST(without_a_directory_nobody_waits)
{
	int turn = turn_take(-1, "a.example.com", 25, FOR_EVER);

	ck_assert_int_eq(turn, TURN_NONE);
	ck_assert(!turn_leave(&turn));
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, a_turn_is_one_relays_and_one_processs);
	tcase_add_test(t, where_one_has_waited_in_vain_nobody_waits_and_he_who_has_it_hears_of_it);
	tcase_add_test(t, who_does_not_wait_leaves_no_mark);
	tcase_add_test(t, who_keeps_others_waiting_for_long_has_lost_his_turn);
	tcase_add_test(t, without_a_directory_nobody_waits);
}
