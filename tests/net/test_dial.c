/* SPDX-License-Identifier: ISC */
#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ip.h"
#include "lib/unit.h"

/* Listens on an address, on *port or, if that is 0, on a port that it fills in. */
static int
listen_on(const char *ip, unsigned *port, int backlog)
{
	struct sockaddr_storage address;
	socklen_t               len = sizeof address;
	int                     fd;

	ck_assert(ip_parse(&address, ip, *port));
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, ip_len(&address)), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	*port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	return fd;
}

/* Listens so that a call is neither answered nor refused: its queue is full. */
static void
listen_deaf(const char *ip, unsigned *port)
{
	struct sockaddr_storage address;

	listen_on(ip, port, 0);
	ck_assert(ip_parse(&address, ip, *port));
	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		(void)!connect(fd, (struct sockaddr *)&address, ip_len(&address));
	}
}

static struct stream stream;
static bool          is_stopped;   /* for a while after each call, as on a machine that is overloaded */

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int rc = (int)syscall(SYS_connect, fd, address, len), error = errno;

	if (is_stopped)
		usleep((DIAL_STAGGER_MS + 20) * 1000);
	errno = error;
	return rc;
}

static int
call(struct dialled *d, const char *first, const char *second, unsigned port, unsigned seconds, struct problem *why)
{
	struct sockaddr_storage address[2];
	size_t                  n = second != NULL ? 2 : 1;

	ck_assert(ip_parse(&address[0], first, 0));
	if (second != NULL)
		ck_assert(ip_parse(&address[1], second, 0));
	return dial(d, "relay.example.net", address, n, port, seconds, &stream, why);
}

static void
check_reached(struct dialled *d, const char *ip)
{
	char text[IP_TEXT];

	ip_format(&d->address, text);
	ck_assert_str_eq(text, ip);
	ck_assert_int_ne(fcntl(d->fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(d->fd, F_GETFD) & FD_CLOEXEC, 0);
	close(d->fd);
}

START_TEST(the_first_address_is_called_alone_when_it_answers)
{
	struct dialled d;
	struct problem why;
	unsigned       port = 0;

	listen_on("127.0.0.1", &port, 5);
	ck_assert_int_eq(call(&d, "127.0.0.1", "127.0.0.2", port, 10, &why), 0);
	check_reached(&d, "127.0.0.1");
	ck_assert_uint_eq(d.ncalled, 1);
}
END_TEST

START_TEST(an_answer_that_is_there_is_heard_before_another_is_called)
{
	struct dialled d;
	struct problem why;
	unsigned       port = 0;

	is_stopped = true;
	listen_on("127.0.0.1", &port, 5);
	ck_assert_int_eq(call(&d, "127.0.0.1", "127.0.0.2", port, 10, &why), 0);
	check_reached(&d, "127.0.0.1");
	ck_assert_uint_eq(d.ncalled, 1);
}
END_TEST

/* Seven refusals: with a pause after each it would take 1,750 ms. */
START_TEST(after_a_refusal_the_next_address_is_called_at_once)
{
	struct sockaddr_storage address[DIAL_MAX];
	struct dialled          d;
	struct problem          why;
	unsigned                port = 0;
	struct timespec         pauses = clock_deadline((DIAL_MAX - 1) * DIAL_STAGGER_MS);

	listen_on("127.0.0.2", &port, 5);
	for (size_t i = 0; i < DIAL_MAX; i++)
		ck_assert(ip_parse(&address[i], i < DIAL_MAX - 1 ? "127.0.0.1" : "127.0.0.2", 0));
	ck_assert_int_eq(dial(&d, "relay.example.net", address, DIAL_MAX, port, 10, &stream, &why), 0);
	check_reached(&d, "127.0.0.2");
	ck_assert_uint_eq(d.ncalled, DIAL_MAX);
	ck_assert_int_gt(clock_left(pauses), 0);
}
END_TEST

START_TEST(a_dead_address_does_not_cost_its_time_out)
{
	struct dialled  d;
	struct problem  why;
	unsigned        port = 0;
	struct timespec timeout = clock_deadline(30 * 1000);

	listen_deaf("127.0.0.1", &port);
	listen_on("127.0.0.2", &port, 5);
	ck_assert_int_eq(call(&d, "127.0.0.1", "127.0.0.2", port, 60, &why), 0);
	check_reached(&d, "127.0.0.2");
	ck_assert_int_gt(clock_left(timeout), 0);
}
END_TEST

static void
count(void *argument)
{
	++*(int *)argument;
}

START_TEST(who_waits_long_for_a_connection_is_told_once)
{
	struct dialled d;
	struct problem why;
	unsigned       port = 0;
	int            told = 0;

	listen_deaf("127.0.0.1", &port);
	stream = (struct stream){ .tired = count, .waiter = &told, .patience = clock_deadline(20) };
	ck_assert_int_eq(call(&d, "127.0.0.1", NULL, port, 1, &why), -1);
	ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(a_failure_names_each_address_and_what_became_of_it)
{
	struct dialled d;
	struct problem why;
	unsigned       port = 0;
	char           expected[256];

	listen_deaf("127.0.0.1", &port);
	listen_on("127.0.0.2", &port, -1);   /* bound, so that nobody else listens there */
	ck_assert_int_eq(call(&d, "127.0.0.2", "127.0.0.1", port, 1, &why), -1);
	snprintf(expected, sizeof expected, "connect to relay.example.net port %u: [127.0.0.2]: Connection refused; "
	    "[127.0.0.1]: Connection timed out", port);
	ck_assert_str_eq(why.text, expected);
	ck_assert_str_eq(why.status, "4.4.1");
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_int_eq(d.fd, -1);
	ck_assert_uint_eq(d.ncalled, 2);
}
END_TEST

START_TEST(without_an_address_nobody_is_called)
{
	struct dialled d;
	struct problem why;

	ck_assert_int_eq(dial(&d, "relay.example.net", NULL, 0, 25, 1, &stream, &why), -1);
	ck_assert_uint_eq(d.ncalled, 0);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, the_first_address_is_called_alone_when_it_answers);
	tcase_add_test(t, an_answer_that_is_there_is_heard_before_another_is_called);
	tcase_add_test(t, after_a_refusal_the_next_address_is_called_at_once);
	tcase_add_test(t, a_dead_address_does_not_cost_its_time_out);
	tcase_add_test(t, who_waits_long_for_a_connection_is_told_once);
	tcase_add_test(t, a_failure_names_each_address_and_what_became_of_it);
	tcase_add_test(t, without_an_address_nobody_is_called);
}
