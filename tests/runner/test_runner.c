/* SPDX-License-Identifier: ISC */
#include "runner/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "ipc/packet.h"
#include "lib/spool.h"
#include "lib/unit.h"

static struct runner runner;   /* large */

/* Nothing would be tried, and the end of the stream would say that all was. */
START_TEST(who_asks_a_runner_that_leaves_is_told_so)
{
	static struct conf conf = { .retry_first_seconds = 300, .sessions = 4 };
	struct spool       spool;
	struct problem     why;
	char               answer[PACKET_MAX];
	int                drop[2], asker[2];

	spool_make(&spool);
	runner_init(&runner, &conf, &spool);
	ck_assert_int_eq(packet_pair(drop), 0);
	ck_assert_int_eq(packet_pair(asker), 0);
	ck_assert_int_eq(fcntl(drop[1], F_SETFL, O_NONBLOCK), 0);
	runner.notices = drop[1];
	raise(SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_UNBLOCK, &runner.signals, NULL), 0);
	ck_assert_int_eq(packet_sendf(drop[0], asker[0], "run 0 wait"), 0);
	close(asker[0]);
	runner_notices(&runner);
	ck_assert_int_gt(packet_await(asker[1], answer, 1000), 0);
	ck_assert(packet_refusal(SLICE(answer), &why));
	ck_assert_int_eq(packet_await(asker[1], answer, 1000), 0);
	ck_assert_uint_eq(runner.run.nwaiters, 0);
	spool_close(&spool);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, who_asks_a_runner_that_leaves_is_told_so);
}
