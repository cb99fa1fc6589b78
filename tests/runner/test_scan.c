/* SPDX-License-Identifier: ISC */
#include "runner/scan.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipc/packet.h"
#include "lib/clock.h"
#include "lib/spool.h"
#include "lib/unit.h"
#include "runner/deliver.h"
#include "runner/runner.h"
#include "spool/submit.h"

static struct runner runner;   /* large */
static struct spool  spool;
static struct conf   conf = { .retry_first_seconds = 300, .retry_longest_seconds = 14400, .sessions = 4 };
static int           drop;     /* where salsa-drop's notices come from */

static const char *
begin(void)
{
	int pair[2];

	spool_make(&spool);
	runner_init(&runner, &conf, &spool);
	runner.is_daemon = true;
	ck_assert_int_eq(packet_pair(pair), 0);
	ck_assert_int_eq(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	drop = pair[0];
	runner.notices = pair[1];
	return spool_put(&spool, "alice@example.com", "bob@example.net");
}

static void
notice(const char *verb, const char *id, int caller)
{
	ck_assert_int_eq(packet_sendf(drop, caller, "%s %s", verb, id), 0);
	runner_notices(&runner);
}

START_TEST(what_a_scan_has_found_before_its_notice_is_scheduled_once)
{
	const char *id = begin();
	int         caller[2];

	ck_assert_int_eq(packet_pair(caller), 0);
	scan_queue(&runner);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
	notice("wait", id, caller[0]);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
	ck_assert_int_ge(runner.schedule.due[0].caller, 0);   /* whoever waits for it still does */
	scan_queue(&runner);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
}
END_TEST

/* Not every clock is as exact as that of which an ID is made: a second that has just begun may be the last one yet. */
START_TEST(what_a_scan_has_found_at_the_turn_of_a_second_is_scheduled_once)
{
	const char *id = begin();
	char        second[sizeof "6B020D16"];

	strlcpy(second, id, sizeof second);
	clock_set((time_t)strtoul(second, NULL, 16) - 1);
	scan_queue(&runner);
	notice("new", id, -1);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
}
END_TEST

/* `sendmail -odq', while a pass for another message looks around. */
START_TEST(what_was_half_written_when_it_was_found_waits_for_its_time)
{
	const char    *id = begin();
	char           text[4096];
	struct claim   c;
	struct problem why;
	time_t         later = clock_now() + 300;
	ssize_t        n;

	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	c.entry.next = later;
	ck_assert_int_eq(claim_mark(&c, &why), 0);
	n = pread(c.fd, text, sizeof text, 0);
	ck_assert_int_eq(ftruncate(c.fd, 0), 0);
	scan_queue(&runner);
	ck_assert_int_eq(pwrite(c.fd, text, (size_t)n, 0), n);
	claim_release(&c);
	deliver_due(&runner);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
	ck_assert_int_eq(runner.schedule.due[0].at, later);
}
END_TEST

/* The same where it is still being written when its turn comes. */
START_TEST(what_is_still_being_written_waits_for_its_time)
{
	static struct submission s;
	struct problem           why;

	unlinkat(spool.queue, begin(), 0);
	ck_assert_int_eq(submit_create(&spool, &s, &why), 0);
	scan_queue(&runner);
	deliver_due(&runner);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
	ck_assert_int_gt(runner.schedule.due[0].at, clock_now() + 30);
	ck_assert(runner.schedule.due[0].unread);   /* when it can be read, its time counts */
	submit_close(&s);
}
END_TEST

START_TEST(what_is_in_a_workers_hand_before_its_notice_is_not_scheduled)
{
	const char    *id = begin();
	struct due     due;
	struct job     job = { .caller = -1 };
	struct worker *w = &runner.pool.worker[0];

	scan_queue(&runner);
	ck_assert(schedule_take(&runner.schedule, clock_now(), &due));
	strlcpy(job.claim.entry.id, id, sizeof job.claim.entry.id);
	w->job = &job;
	w->njobs = 1;
	notice("new", id, -1);
	ck_assert_uint_eq(runner.schedule.ndue, 0);
}
END_TEST

START_TEST(what_has_come_since_the_scan_is_scheduled)
{
	const char *id = begin();

	clock_set(clock_now() - 60);
	unlinkat(spool.queue, id, 0);
	scan_queue(&runner);
	clock_set(0);
	notice("new", id, -1);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
}
END_TEST

/* It serves whom a caller waits for; the others are served by whoever has the lock of passes (hazard F20). */
START_TEST(a_pass_that_has_not_begun_looks_for_nothing_new)
{
	begin();
	runner.is_daemon = false;
	scan_if_changed(&runner);
	ck_assert_uint_eq(runner.schedule.ndue, 0);
	scan_queue(&runner);
	ck_assert_uint_eq(runner.schedule.ndue, 1);
}
END_TEST

static void
hold(const char *sender)
{
	struct claim   c;
	struct problem why;

	ck_assert_int_eq(claim_take(&c, &spool, spool_put(&spool, sender, "bob@example.net"), &why), CLAIM_OK);
	ck_assert_int_eq(claim_hold(&c, &why), 0);
	claim_release(&c);
}

/* Else one that can be told to nobody is removed, because the administrator has stopped a thousand others. */
START_TEST(what_the_administrator_holds_takes_no_room_from_what_nobody_can_be_told_of)
{
	begin();
	hold("alice@example.com");
	hold("");
	scan_queue(&runner);
	ck_assert_uint_eq(runner.scan.nheld, 1);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_the_administrator_holds_takes_no_room_from_what_nobody_can_be_told_of);
	tcase_add_test(t, what_a_scan_has_found_before_its_notice_is_scheduled_once);
	tcase_add_test(t, what_a_scan_has_found_at_the_turn_of_a_second_is_scheduled_once);
	tcase_add_test(t, what_was_half_written_when_it_was_found_waits_for_its_time);
	tcase_add_test(t, what_is_still_being_written_waits_for_its_time);
	tcase_add_test(t, what_is_in_a_workers_hand_before_its_notice_is_not_scheduled);
	tcase_add_test(t, what_has_come_since_the_scan_is_scheduled);
	tcase_add_test(t, a_pass_that_has_not_begun_looks_for_nothing_new);
}
