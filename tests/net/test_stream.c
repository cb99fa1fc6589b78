/* SPDX-License-Identifier: ISC */
#include "net/stream.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/unit.h"

/* A stream on one end of a socket pair; the other end. */
static int
open_pair(struct stream *s)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*s = STREAM;
	stream_open(s, pair[0]);
	stream_await(s, 10 * 1000, "the greeting");
	return pair[1];
}

START_TEST(what_was_added_is_sent_before_an_answer_is_waited_for)
{
	struct stream  s;
	struct problem why;
	char           got[16] = "";
	int            relay = open_pair(&s);

	stream_add(&s, SLICE("EHLO "));
	stream_add(&s, SLICE("me\r\n"));
	ck_assert_int_eq(recv(relay, got, sizeof got, MSG_DONTWAIT), -1);
	ck_assert_int_eq(write(relay, "25", 2), 2);
	ck_assert_int_eq(stream_byte(&s, &why), '2');
	ck_assert_int_eq(recv(relay, got, sizeof got - 1, MSG_DONTWAIT), 9);
	ck_assert_str_eq(got, "EHLO me\r\n");
	ck_assert(stream_has_input(&s));
	ck_assert_int_eq(stream_byte(&s, &why), '5');
	ck_assert(!stream_has_input(&s));
	close(relay);
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_str_eq(why.text, "connection closed by relay, waiting for the greeting");
	stream_close(&s);
}
END_TEST

START_TEST(R2_a_silent_relay_is_left_at_the_deadline)
{
	struct stream   s;
	struct problem  why;
	int             relay = open_pair(&s);
	struct timespec late = clock_deadline(20 * 1000);

	stream_await(&s, 30, "the greeting");
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_str_eq(why.text, "timed out waiting for the greeting");
	ck_assert_str_eq(why.status, "4.4.2");
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_int_gt(clock_left(late), 0);
	stream_close(&s);
	close(relay);
}
END_TEST

START_TEST(F19_a_relay_that_does_not_read_is_left_at_the_deadline)
{
	struct stream  s;
	struct problem why;
	static char    block[STREAM_OUT];
	int            relay = open_pair(&s);

	stream_await(&s, 30, "room for the message text");
	for (int i = 0; i < 1000 && !s.failed; i++)
		stream_add(&s, (struct slice){ block, sizeof block });
	ck_assert(s.failed);
	ck_assert_int_eq(stream_flush(&s, &why), -1);
	ck_assert_str_eq(why.text, "timed out waiting for room for the message text");
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	stream_close(&s);
	close(relay);
}
END_TEST

START_TEST(F19_a_limit_ends_a_wait_before_its_deadline)
{
	struct stream  s;
	struct problem why;
	int            relay = open_pair(&s);

	s.limit = clock_deadline(30);
	stream_await(&s, 600 * 1000, "the reply to RCPT");
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_str_eq(why.text, "timed out waiting for the reply to RCPT");
	stream_close(&s);
	close(relay);
}
END_TEST

struct waiter {
	int relay, told;
};

/* The relay answers as soon as somebody is tired of it. */
static void
count(void *argument)
{
	struct waiter *w = argument;

	w->told++;
	ck_assert_int_eq(write(w->relay, "2", 1), 1);
}

START_TEST(who_waits_long_is_told_once_and_waits_on)
{
	struct stream  s;
	struct problem why;
	struct waiter  w = { .relay = open_pair(&s) };

	s.tired = count;
	s.waiter = &w;
	s.patience = clock_deadline(20);
	ck_assert_int_eq(stream_byte(&s, &why), '2');
	ck_assert_int_eq(w.told, 1);
	s.patience = clock_deadline(0);
	s.deadline = clock_deadline(20);
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_str_eq(why.text, "timed out waiting for the greeting");
	ck_assert_int_eq(w.told, 1);
	stream_await(&s, 20, "the greeting");
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_int_eq(w.told, 1);   /* not for so short a wait */
	close(w.relay);
	stream_close(&s);
}
END_TEST

START_TEST(R1_a_relay_that_is_gone_is_no_signal)
{
	struct stream  s;
	struct problem why;
	int            relay = open_pair(&s);

	close(relay);
	stream_add(&s, SLICE("QUIT\r\n"));
	ck_assert_int_eq(stream_flush(&s, &why), -1);
	ck_assert_str_eq(why.text, "connection lost waiting for the greeting: Broken pipe");
	stream_close(&s);
}
END_TEST

/* Why a relay leaves it says before it does. */
START_TEST(what_came_before_the_connection_was_lost_is_read)
{
	struct stream  s;
	struct problem why;
	int            relay = open_pair(&s);

	ck_assert_int_eq(write(relay, "4", 1), 1);
	close(relay);
	stream_add(&s, SLICE("MAIL"));
	ck_assert_int_eq(stream_byte(&s, &why), '4');
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_str_eq(why.text, "connection lost waiting for the greeting: Broken pipe");
	ck_assert_uint_eq(s.sent, 0);
	ck_assert(stream_added(&s) > 1 << 30);
	stream_close(&s);
}
END_TEST

START_TEST(a_relay_that_speaks_unasked_or_leaves_is_not_quiet)
{
	struct stream  s;
	struct problem why;
	int            relay = open_pair(&s);

	ck_assert(stream_is_quiet(&s));
	ck_assert_int_eq(write(relay, "42", 2), 2);
	ck_assert(!stream_is_quiet(&s));
	stream_byte(&s, &why);
	ck_assert(!stream_is_quiet(&s));
	stream_byte(&s, &why);
	ck_assert(stream_is_quiet(&s));
	close(relay);
	ck_assert(!stream_is_quiet(&s));
	stream_close(&s);
}
END_TEST

START_TEST(what_was_sent_is_counted)
{
	struct stream  s;
	struct problem why;
	int            relay = open_pair(&s);

	stream_add(&s, SLICE("MAIL\r\n"));
	ck_assert_uint_eq(s.sent, 0);
	ck_assert_uint_eq(stream_added(&s), 6);
	ck_assert_int_eq(stream_flush(&s, &why), 0);
	ck_assert_uint_eq(s.sent, 6);
	ck_assert_uint_eq(stream_added(&s), 6);
	stream_close(&s);
	close(relay);
}
END_TEST

START_TEST(what_was_sent_does_not_stay_in_memory)
{
	static const char line[] = "AUTH PLAIN secret\r\n";
	struct stream     s;
	struct problem    why;
	int               relay = open_pair(&s);

	stream_add(&s, SLICE(line));
	ck_assert_int_eq(stream_flush(&s, &why), 0);
	ck_assert_ptr_null(memmem(s.out.at, strlen(line), "secret", 6));
	stream_close(&s);
	close(relay);
}
END_TEST

START_TEST(large_amounts_pass_in_bounded_memory)
{
	struct stream  s;
	struct problem why;
	static char    block[3 * STREAM_OUT + 7];
	size_t         received = 0;
	int            status;
	int            relay = open_pair(&s);

	if (fork() == 0) {
		ssize_t n;

		close(s.fd);
		while ((n = read(relay, block, sizeof block)) > 0)
			received += (size_t)n;
		_exit(received == sizeof block ? 0 : 1);
	}
	close(relay);
	stream_add(&s, (struct slice){ block, sizeof block });
	ck_assert_uint_le(s.out.len, STREAM_OUT);
	ck_assert_int_eq(stream_flush(&s, &why), 0);
	stream_close(&s);
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_was_added_is_sent_before_an_answer_is_waited_for);
	tcase_add_test(t, R2_a_silent_relay_is_left_at_the_deadline);
	tcase_add_test(t, F19_a_relay_that_does_not_read_is_left_at_the_deadline);
	tcase_add_test(t, F19_a_limit_ends_a_wait_before_its_deadline);
	tcase_add_test(t, who_waits_long_is_told_once_and_waits_on);
	tcase_add_test(t, R1_a_relay_that_is_gone_is_no_signal);
	tcase_add_test(t, what_came_before_the_connection_was_lost_is_read);
	tcase_add_test(t, a_relay_that_speaks_unasked_or_leaves_is_not_quiet);
	tcase_add_test(t, what_was_sent_is_counted);
	tcase_add_test(t, what_was_sent_does_not_stay_in_memory);
	tcase_add_test(t, large_amounts_pass_in_bounded_memory);
}
