/* SPDX-License-Identifier: ISC */
#include "relay/down.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/unit.h"
#include "relay/state.h"
#include "relay/turn.h"

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
		ck_assert(down_mark(state, "a.example.com", 25, &refused, now));
		ck_assert(down_read(&d, state, "a.example.com", 25, now));
		ck_assert_int_ge(d.until, now + pauses[i]);
		ck_assert_int_le(d.until, now + pauses[i] + pauses[i] / 4);
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

/* Else all hosts of a fleet would call their relay in the same second, hour after hour. */
START_TEST(hosts_that_lost_a_relay_together_come_back_apart)
{
	enum { HOSTS = 64 };
	int         state = open_state(), together = 0;
	time_t      first = 0;
	struct down d;

	for (int i = 0; i < HOSTS; i++) {
		down_mark(state, "a.example.com", 25, &refused, NOW);
		ck_assert(down_read(&d, state, "a.example.com", 25, NOW));
		first = i == 0 ? d.until : first;
		together += d.until == first;
		down_clear(state, "a.example.com", 25, "250 ok", NOW);
	}
	ck_assert_int_lt(together, HOSTS / 2);
	close(state);
}
END_TEST

START_TEST(several_workers_that_fail_at_once_count_as_one)
{
	int         state = open_state();
	time_t      until = 0;
	struct down d;

	for (int i = 0; i < 4; i++) {
		ck_assert(down_mark(state, "a.example.com", 25, &refused, NOW + i) == (i == 0));
		ck_assert(down_read(&d, state, "a.example.com", 25, NOW));
		ck_assert_uint_eq(d.failures, 1);
		ck_assert_int_eq(d.until, i == 0 ? d.until : until);
		until = d.until;
	}
	close(state);
}
END_TEST

START_TEST(a_success_forgets_all)
{
	int         state = open_state();
	struct down d;

	down_mark(state, "a.example.com", 25, &refused, NOW);
	down_mark(state, "a.example.com", 25, &refused, NOW + 80);
	ck_assert(down_clear(state, "a.example.com", 25, "250 ok", NOW + 81));
	ck_assert(!down_clear(state, "a.example.com", 25, "250 ok", NOW + 82));
	ck_assert(!down_recall(&d, state, "a.example.com", 25, NOW + 81));
	down_mark(state, "a.example.com", 25, &refused, NOW + 100);
	ck_assert(down_read(&d, state, "a.example.com", 25, NOW + 100));
	ck_assert_uint_eq(d.failures, 1);
	ck_assert_int_le(d.until, NOW + 175);
	close(state);
}
END_TEST

/* Hazard F16: however many messages wait, a relay that fails for a day is called 29 times at most, and then once an hour. */
START_TEST(F16_a_day_of_runs_makes_29_calls)
{
	int         state = open_state(), turn;
	unsigned    calls = 0;
	struct down d;

	for (time_t now = NOW; now < NOW + 86400; now += 5)
		for (int message = 0; message < 3; message++) {
			if (down_try(&d, state, "a.example.com", 25, now, &turn) != ADVICE_CALL)
				continue;
			calls++;
			down_mark(state, "a.example.com", 25, &refused, now);
			turn_leave(&turn);
		}
	ck_assert_uint_le(calls, 29);
	ck_assert_uint_ge(calls, 24);
	close(state);
}
END_TEST

START_TEST(one_tries_when_the_pause_is_over_and_the_others_wait_for_him)
{
	int         state = open_state(), first, second;
	time_t      begun, over;
	struct down d;

	down_mark(state, "a.example.com", 25, &refused, NOW);
	ck_assert(down_recall(&d, state, "a.example.com", 25, NOW));
	begun = d.until;
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, begun, &first), ADVICE_CALL);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, begun + 1, &second), ADVICE_SPARE);
	ck_assert_int_ge(d.until, begun + 120);
	ck_assert_str_eq(d.why.text, refused.text);
	/* He waits for an answer longer than the pause: still nobody joins him. */
	over = d.until;
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, over, &second), ADVICE_SPARE);
	ck_assert_int_ge(d.until, over + 240);
	ck_assert_int_eq(second, TURN_NONE);
	turn_leave(&first);
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, d.until, &second), ADVICE_CALL);
	turn_leave(&second);
	close(state);
}
END_TEST

START_TEST(a_try_that_fails_says_why_and_counts_once)
{
	const struct problem later = { VERDICT_LATER, "4.4.2", "timed out waiting for the greeting" };
	int                  state = open_state(), turn;
	time_t               until;
	struct down          d;

	down_mark(state, "a.example.com", 25, &refused, NOW);
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, NOW + 75, &turn), ADVICE_CALL);
	until = d.until;
	down_mark(state, "a.example.com", 25, &later, NOW + 90);
	turn_leave(&turn);
	ck_assert(down_read(&d, state, "a.example.com", 25, NOW + 90));
	ck_assert_uint_eq(d.failures, 2);
	ck_assert_int_eq(d.since, NOW);
	ck_assert_int_eq(d.until, until);
	ck_assert_str_eq(d.why.text, later.text);
	close(state);
}
END_TEST

/* Whoever waits hears what came of it, and does not try for himself. */
START_TEST(the_first_session_is_waited_for)
{
	int         state = open_state(), first, second, status;
	struct down d;
	pid_t       pid;

	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, NOW, &first), ADVICE_CALL);
	ck_assert_int_ge(first, 0);
	pid = fork();
	if (pid == 0) {
		turn_leave(&first);   /* its copy: the lock is the file's, and stays */
		_exit(down_try(&d, state, "a.example.com", 25, NOW, &second) != ADVICE_SPARE);
	}
	down_mark(state, "a.example.com", 25, &refused, NOW);
	turn_leave(&first);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(state);
}
END_TEST

/* Long before it is known whether it is down: who is slow to greet is no reason to wait for others, too. */
START_TEST(who_waits_for_a_session_of_others_is_sent_away)
{
	int         state = open_state(), first, second;
	struct down d;

	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, NOW, &first), ADVICE_CALL);
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, NOW, &second), ADVICE_WAIT);
	turn_leave(&second);
	ck_assert(down_mark(state, "a.example.com", 25, &refused, NOW));
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, NOW, &second), ADVICE_SPARE);
	ck_assert_str_eq(d.why.text, refused.text);
	ck_assert(turn_leave(&first));
	close(state);
}
END_TEST

static const struct { int seconds_ago; bool alone; } answered[] = { { 0, false }, { 2, false }, { 3, true }, { -1, true } };

START_TEST(a_relay_that_has_just_answered_is_called_by_all)
{
	int         state = open_state(), turn;
	struct down d;

	down_clear(state, "a.example.com", 25, "250 ok", NOW - answered[_i].seconds_ago);
	ck_assert_int_eq(down_try(&d, state, "a.example.com", 25, NOW, &turn), ADVICE_CALL);
	ck_assert((turn >= 0) == answered[_i].alone);
	turn_leave(&turn);
	close(state);
}
END_TEST

START_TEST(the_last_good_answer_is_kept_whatever_comes_after)
{
	int         state = open_state();
	struct good g;

	ck_assert(!good_read(&g, state, "a.example.com", 25));
	down_clear(state, "a.example.com", 25, "250 2.0.0 queued as X", NOW);
	down_mark(state, "a.example.com", 25, &refused, NOW + 60);
	ck_assert(good_read(&g, state, "A.example.com", 25));
	ck_assert_int_eq(g.at, NOW);
	ck_assert_str_eq(g.words, "250 2.0.0 queued as X");
	ck_assert(!good_read(&g, state, "a.example.com", 587));
	state_write(state, "good.a.example.com:25", SLICE("at x 250 ok\n"));
	ck_assert(!good_read(&g, state, "a.example.com", 25));
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
	ck_assert_int_eq(faccessat(state, "down...=2Fx=2F..=2F..=2Fetc:25", R_OK, 0), 0);
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
	struct good g;
	int         turn;

	down_mark(-1, "a.example.com", 25, &refused, NOW);
	ck_assert(!down_read(&d, -1, "a.example.com", 25, NOW));
	ck_assert_int_eq(down_try(&d, -1, "a.example.com", 25, NOW, &turn), ADVICE_CALL);
	ck_assert_int_eq(turn, TURN_NONE);
	ck_assert(!down_clear(-1, "a.example.com", 25, "250 ok", NOW));
	ck_assert(!good_read(&g, -1, "a.example.com", 25));
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, F16_the_pause_doubles_from_a_minute_to_an_hour);
	tcase_add_test(t, hosts_that_lost_a_relay_together_come_back_apart);
	tcase_add_test(t, several_workers_that_fail_at_once_count_as_one);
	tcase_add_test(t, a_success_forgets_all);
	tcase_add_test(t, F16_a_day_of_runs_makes_29_calls);
	tcase_add_test(t, one_tries_when_the_pause_is_over_and_the_others_wait_for_him);
	tcase_add_test(t, a_try_that_fails_says_why_and_counts_once);
	tcase_add_test(t, the_first_session_is_waited_for);
	tcase_add_test(t, who_waits_for_a_session_of_others_is_sent_away);
	add_table(t, a_relay_that_has_just_answered_is_called_by_all, answered);
	tcase_add_test(t, the_last_good_answer_is_kept_whatever_comes_after);
	tcase_add_test(t, one_port_of_a_host_says_nothing_of_another);
	tcase_add_test(t, F15_a_pause_from_another_time_does_not_hold);
	tcase_add_test(t, a_host_is_no_path);
	add_table(t, garbage_is_no_opinion, garbage);
	tcase_add_test(t, without_a_directory_nothing_is_remembered);
}
