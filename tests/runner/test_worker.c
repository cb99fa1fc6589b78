/* SPDX-License-Identifier: ISC */
#include "runner/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/packet.h"
#include "lib/spool.h"
#include "lib/unit.h"

enum { JOBS = 4 };

static struct spool  spool;
static struct conf   conf = { .mailname = "www1.example.com", .retry_first_seconds = 300, .retry_longest_seconds = 14400,
	.expire_seconds = 432000 };
static struct worker worker;
static int           far;          /* the worker's end of the socket: the test plays it */
static char          id[JOBS][ENTRY_ID_LEN + 1];

static void
hand_over(void)
{
	int            pair[2];
	struct claim   c;
	struct due     due = { .caller = -1 };
	struct problem why;

	log_open("test", "/dev/null");
	spool_make(&spool);
	ck_assert_int_eq(packet_pair(pair), 0);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	worker = (struct worker){ .socket = pair[0], .window = JOBS, .deadline = clock_deadline(3600 * 1000) };
	far = pair[1];
	for (int i = 0; i < JOBS; i++) {
		strlcpy(id[i], spool_put(&spool, "alice@example.com", "bob@example.net"), sizeof id[i]);
		ck_assert(worker_may_take(&worker));
		ck_assert_int_eq(claim_take(&c, &spool, id[i], &why), CLAIM_OK);
		ck_assert_int_eq(worker_assign(&worker, &conf, &c, &due, &why), 0);
	}
	ck_assert(!worker_may_take(&worker));
}

/* Settles all that is over.  Returns how many of them went well. */
static int
settle(void)
{
	struct due  due, bounce;
	struct job *j;
	int         n = 0;

	while ((j = worker_listen(&worker)) != NULL) {
		bool well = job_finish(j, &conf, true, &due, &bounce) == ENDING_GONE;

		worker_forget(&worker, j, well);
		n += well;
	}
	return n;
}

static void
say_sent(const char *of)
{
	ck_assert_int_eq(packet_sendf(far, -1, "%s fate 0 sent 2.0.0 mx.example.net[192.0.2.1]:25 250 ok", of), 0);
}

static bool
is_queued(int i)
{
	return faccessat(spool.queue, id[i], F_OK, 0) == 0;
}

/* Answered in any order: each is settled as it comes, and at its end those and no others are. */
START_TEST(a_worker_that_dies_has_settled_exactly_what_it_told)
{
	hand_over();
	for (int i = 0; i < JOBS; i++)
		if (_i & 1 << i) {
			say_sent(id[i]);
			ck_assert_int_eq(settle(), 1);
			ck_assert(!is_queued(i));
		}
	close(far);
	ck_assert_int_eq(settle(), 0);
	ck_assert_uint_eq(worker.njobs, 0);
	ck_assert_int_eq(worker.socket, -1);
	for (int i = 0; i < JOBS; i++)
		ck_assert_int_eq(is_queued(i), (_i & 1 << i) == 0);
}
END_TEST

START_TEST(a_worker_cannot_lie_about_what_is_not_in_its_hand)
{
	const char *other;

	hand_over();
	other = spool_put(&spool, "alice@example.com", "bob@example.net");
	say_sent(other);
	say_sent("");
	packet_sendf(far, -1, "done %s", id[0]);
	packet_sendf(far, -1, "fate 0 sent 2.0.0 none 250 ok");
	ck_assert_int_eq(settle(), 0);
	ck_assert_uint_eq(worker.njobs, JOBS);
	ck_assert_int_eq(spool_count(&spool, "queue"), JOBS + 1);
	say_sent(id[0]);
	say_sent(id[0]);
	ck_assert_int_eq(settle(), 1);
	ck_assert_int_eq(spool_count(&spool, "queue"), JOBS);
	close(far);
	settle();
}
END_TEST

START_TEST(a_worker_that_wants_to_leave_gets_nothing_more)
{
	hand_over();
	say_sent(id[0]);
	ck_assert_int_eq(settle(), 1);
	ck_assert(worker_may_take(&worker));
	packet_sendf(far, -1, "leaving");
	ck_assert_int_eq(settle(), 0);
	ck_assert(!worker_may_take(&worker));
	for (int i = 1; i < JOBS; i++)
		say_sent(id[i]);
	ck_assert_int_eq(settle(), JOBS - 1);
	ck_assert_int_eq(worker.socket, -1);
}
END_TEST

START_TEST(what_a_worker_gives_back_is_for_later)
{
	hand_over();
	packet_sendf(far, -1, "%s done", id[2]);
	ck_assert_int_eq(settle(), 0);
	ck_assert_uint_eq(worker.njobs, JOBS - 1);
	ck_assert(is_queued(2));
	close(far);
	settle();
}
END_TEST

/* But whoever was told something of it has had its try. */
START_TEST(what_a_worker_returns_was_not_tried)
{
	struct job *j;
	struct due  due;

	hand_over();
	packet_sendf(far, -1, "%s returned", id[1]);
	j = worker_listen(&worker);
	ck_assert(j != NULL && j->returned);
	job_return(j, &due);
	worker_forget(&worker, j, false);
	ck_assert_str_eq(due.id, id[1]);
	ck_assert(is_queued(1));
	packet_sendf(far, -1, "%s fate 0 later 4.2.0 none 450 later", id[2]);
	packet_sendf(far, -1, "%s returned", id[2]);
	j = worker_listen(&worker);
	ck_assert(j != NULL && !j->returned);
	close(far);
	settle();
}
END_TEST

/* RFC 5321, 4.5.3.2.6, and smtp/transaction.c: half an hour, as long as a thin line takes, ten minutes for the answer. */
START_TEST(a_worker_that_sends_a_large_message_is_not_taken_for_dead)
{
	hand_over();
	worker.job[0].claim.entry.message_len = 500 << 20;
	packet_sendf(far, -1, "slow");
	ck_assert_int_eq(settle(), 0);
	ck_assert_int_ge(clock_left(worker.deadline), (1800 + (500 << 20) / (32 << 10) + 600) * 1000L);
	close(far);
	settle();
}
END_TEST

/* A relay that hangs must not hold many messages: a worker gets more of them only as it brings them away. */
START_TEST(the_window_opens_with_success_and_closes_with_failure)
{
	hand_over();
	worker.window = 1;
	for (int i = 0; i < JOBS - 1; i++) {
		say_sent(id[i]);
		ck_assert_int_eq(settle(), 1);
		ck_assert_uint_eq(worker.window, 2u << i);
	}
	packet_sendf(far, -1, "%s done", id[JOBS - 1]);
	settle();
	ck_assert_uint_eq(worker.window, 1);
	close(far);
	settle();
}
END_TEST

/* Whoever watches one message must not see what becomes of the next, which may be somebody else's. */
START_TEST(a_watcher_whose_message_did_not_reach_the_worker_watches_no_other)
{
	struct due     due = { .caller = -1, .trace = true };
	struct claim   c;
	struct problem why;
	char           text[PACKET_MAX];
	int            watcher[2], fd;

	hand_over();
	worker.window++;
	ck_assert_int_eq(packet_pair(watcher), 0);
	due.caller = watcher[0];
	ck_assert_int_eq(claim_take(&c, &spool, spool_put(&spool, "alice@example.com", "bob@example.net"), &why), CLAIM_OK);
	while (packet_sendf(worker.socket, -1, "fill") == 0)
		continue;
	ck_assert_int_gt(packet_receive(far, text, sizeof text, &fd), 0);   /* room for one more, and no other */
	close(fd);
	ck_assert_int_eq(worker_assign(&worker, &conf, &c, &due, &why), -1);
	while (packet_await(far, text, 1000) > 0)
		continue;
	ck_assert_str_eq(text, "");   /* not the last packet: the end of the stream */
	ck_assert(!worker_may_take(&worker));
	say_sent(id[0]);
	ck_assert_int_eq(settle(), 1);   /* it goes on with what it has */
	close(far);
	settle();
	claim_release(&c);
}
END_TEST

/* It died, and nobody has heard of that yet. */
START_TEST(a_worker_that_cannot_be_reached_gets_nothing_more)
{
	struct due     due = { .caller = -1 };
	struct claim   c;
	struct problem why;

	hand_over();
	worker.window++;
	close(far);
	ck_assert(worker_may_take(&worker));
	ck_assert_int_eq(claim_take(&c, &spool, spool_put(&spool, "alice@example.com", "bob@example.net"), &why), CLAIM_OK);
	ck_assert_int_eq(worker_assign(&worker, &conf, &c, &due, &why), -1);
	ck_assert(!worker_may_take(&worker));
	ck_assert_uint_eq(worker.njobs, JOBS);
	claim_release(&c);
	ck_assert_int_eq(settle(), 0);
	ck_assert_uint_eq(worker.njobs, 0);
}
END_TEST

START_TEST(a_worker_that_wants_to_leave_with_its_last_fate_is_gone)
{
	hand_over();
	for (int i = 0; i < JOBS; i++)
		say_sent(id[i]);
	packet_send(far, SLICE("leaving"), -1);   /* behind its last fate */
	ck_assert_int_eq(settle(), JOBS);
	ck_assert_int_eq(worker.socket, -1);   /* the next job is for another process */
	close(far);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_loop_test(t, a_worker_that_dies_has_settled_exactly_what_it_told, 0, 1 << JOBS);
	tcase_add_test(t, a_worker_cannot_lie_about_what_is_not_in_its_hand);
	tcase_add_test(t, a_worker_that_wants_to_leave_gets_nothing_more);
	tcase_add_test(t, what_a_worker_gives_back_is_for_later);
	tcase_add_test(t, what_a_worker_returns_was_not_tried);
	tcase_add_test(t, a_worker_that_sends_a_large_message_is_not_taken_for_dead);
	tcase_add_test(t, the_window_opens_with_success_and_closes_with_failure);
	tcase_add_test(t, a_watcher_whose_message_did_not_reach_the_worker_watches_no_other);
	tcase_add_test(t, a_worker_that_cannot_be_reached_gets_nothing_more);
	tcase_add_test(t, a_worker_that_wants_to_leave_with_its_last_fate_is_gone);
}
