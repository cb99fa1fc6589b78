/* SPDX-License-Identifier: ISC */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
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

/* The end of the stream would say that the run is over. */
START_TEST(who_finds_no_room_to_wait_for_the_end_of_a_run_is_told_so)
{
	static struct conf conf = { .retry_first_seconds = 300, .sessions = 4 };
	struct spool       spool;
	struct problem     why;
	char               answer[PACKET_MAX];
	int                asker[2];

	spool_make(&spool);
	runner_init(&runner, &conf, &spool);
	runner.is_daemon = true;
	for (int i = 0; i <= RUN_MAX_WAITERS; i++) {
		ck_assert_int_eq(packet_pair(asker), 0);
		run_ask(&runner, SLICE("0 wait"), asker[0]);
	}
	ck_assert_uint_eq(runner.run.nwaiters, RUN_MAX_WAITERS);
	ck_assert_int_gt(packet_await(asker[1], answer, 1000), 0);
	ck_assert(packet_refusal(SLICE(answer), &why));
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_int_eq(packet_await(asker[1], answer, 1000), 0);
	spool_close(&spool);
}
END_TEST

static size_t
count_lines(const char *path)
{
	FILE  *file = fopen(path, "re");
	size_t n = 0;
	int    c;

	while (file != NULL && (c = getc(file)) != EOF)
		n += c == '\n';
	if (file != NULL)
		fclose(file);
	return n;
}

/*
 * salsa-drop is not there: callers stand at the door, and who is started for them time and again is started no more.  It
 * has a line in the log for each time that it cannot be executed.
 */
START_TEST(who_has_been_activated_does_not_leave_callers_at_the_door)
{
	static struct conf conf = { .retry_first_seconds = 300, .sessions = 4 };
	struct spool       spool;
	struct pollfd      end = { .events = POLLIN };
	char               log[128];
	int                pipes[2], door[2];
	pid_t              pid;

	spool_make(&spool);
	ck_assert_int_eq(pipe(door), 0);
	ck_assert_int_eq(write(door[1], "", 1), 1);   /* somebody has come */
	snprintf(log, sizeof log, "%s/log", unit_directory());
	close(creat(log, 0600));
	log_open("test", log);
	ck_assert_int_eq(pipe(pipes), 0);
	if ((pid = fork()) == 0) {
		runner_init(&runner, &conf, &spool);
		runner.is_daemon = runner.may_idle_out = true;
		runner.listener = door[0];
		runner_run(&runner);
		_exit(EXIT_SUCCESS);
	}
	close(pipes[1]);
	end.fd = pipes[0];   /* at its end with the process */
	while (count_lines(log) < 3)
		ck_assert_int_eq(poll(&end, 1, 50), 0);
	kill(pid, SIGTERM);
	ck_assert_int_eq(poll(&end, 1, 20000), 1);
	close(end.fd);
	spool_close(&spool);
}
END_TEST

/* It may have a large message on its way, and once it is told to leave nobody listens until that has come. */
START_TEST(who_has_been_activated_does_not_leave_before_salsa_drop)
{
	static struct conf conf = { .retry_first_seconds = 300, .sessions = 4 };
	struct spool       spool;
	char               text[PACKET_MAX];
	int                drop[2], door[2], status;
	pid_t              pid;

	spool_make(&spool);
	log_open("test", "/dev/null");
	ck_assert_int_eq(pipe(door), 0);
	ck_assert_int_eq(packet_pair(drop), 0);
	if ((pid = fork()) == 0) {
		close(drop[0]);
		fcntl(drop[1], F_SETFL, O_NONBLOCK);
		runner_init(&runner, &conf, &spool);
		runner.is_daemon = runner.may_idle_out = true;
		runner.listener = door[0];
		runner.notices = drop[1];
		runner.idle_out = clock_deadline(0);
		runner_run(&runner);
		_exit(EXIT_SUCCESS);
	}
	close(drop[1]);
	ck_assert_int_eq(packet_await(drop[0], text, 500), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	kill(pid, SIGTERM);
	ck_assert_int_eq(packet_await(drop[0], text, 20000), 0);
	close(drop[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	spool_close(&spool);
}
END_TEST

/* It may have told a caller of a message, and not us; its successor may have been started before it is buried. */
START_TEST(who_ends_badly_may_have_left_a_message)
{
	static struct conf conf = { .sessions = 4 };
	struct spool       spool;
	siginfo_t          info;
	pid_t              pid;

	spool_make(&spool);
	if ((pid = fork()) == 0)
		_exit(EXIT_FAILURE);
	runner_init(&runner, &conf, &spool);
	runner.is_daemon = true;
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	runner_release(&runner);
	ck_assert(runner.scan.asked);
	spool_close(&spool);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, who_ends_badly_may_have_left_a_message);
	tcase_add_test(t, who_has_been_activated_does_not_leave_before_salsa_drop);
	tcase_add_test(t, who_has_been_activated_does_not_leave_callers_at_the_door);
	tcase_add_test(t, who_finds_no_room_to_wait_for_the_end_of_a_run_is_told_so);
	tcase_add_test(t, who_asks_a_runner_that_leaves_is_told_so);
}
