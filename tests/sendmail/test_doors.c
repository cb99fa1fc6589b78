/* SPDX-License-Identifier: ISC */
#include "sendmail/doors.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "conf/paths.h"
#include "ipc/packet.h"
#include "lib/fault.h"
#include "lib/unit.h"

/* What salsa-drop and salsad say, '|' between packets, and what sendmail makes of it. */
static const struct {
	enum deliver deliver;
	const char  *request, *says;
	bool         hears;   /* reads the request before it speaks */
	int          code;
	const char  *text;    /* in the problem */
} conversations[] = {
	{ DELIVER_BACKGROUND, "submit background", "accepted 6B020D1688FBA5", true, 0, "" },
	{ DELIVER_QUEUE, "submit queue", "accepted 6B020D1688FBA5", true, 0, "" },
	{ DELIVER_BACKGROUND, "", "refused later 4.3.1 the disk is full", true, EX_TEMPFAIL, "the disk is full" },
	{ DELIVER_BACKGROUND, "", "refused later 4.3.0 no spool", false, EX_TEMPFAIL, "no spool" },
	{ DELIVER_BACKGROUND, "", "refused never 5.3.4 too large", true, EX_DATAERR, "too large" },
	{ DELIVER_BACKGROUND, "", "hello", true, EX_TEMPFAIL, "not understood: hello" },
	{ DELIVER_BACKGROUND, "", "accepted X|fate 0 never 5.1.1 r no", true, 0, "" },
	{ DELIVER_FOREGROUND, "submit foreground", "accepted X|fate 0 sent 2.0.0 r ok|fate 1 sent 2.0.0 r ok", true, 0,
	    "" },
	{ DELIVER_FOREGROUND, "", "accepted X", true, 0, "" },
	{ DELIVER_FOREGROUND, "", "accepted X|fate 0 sent 2.0.0 r ok|fate 1 later 4.2.0 r wait", true, 0, "" },
	{ DELIVER_FOREGROUND, "", "accepted X|fate 1 never 5.1.1 r no such user|fate 0 sent 2.0.0 r ok", true,
	    EX_NOUSER, "b@y: no such user" },
	{ DELIVER_FOREGROUND, "", "accepted X|fate 0 never 5.1.2 r no such host", true, EX_NOHOST,
	    "a@x: no such host" },
	{ DELIVER_FOREGROUND, "", "accepted X|fate 0 never 5.7.1 r go away", true, EX_UNAVAILABLE, "a@x: go away" },
	{ DELIVER_FOREGROUND, "", "accepted X|fate 9 never 5.1.1 r nobody|fate x|trace y", true, 0, "" },
};

static const char     draft[] = "a draft";
static struct conf    conf;
static struct message message;
static char           path[128];
static bool           holds_little;   /* each socket that is connected */

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
	const int few = 0;   /* the least that there is */

	if (holds_little)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &few, sizeof few);
	return (int)syscall(SYS_connect, fd, address, len);
}

static int longest_wait;   /* milliseconds */

int __poll_chk(struct pollfd *, nfds_t, int, size_t);

int
poll(struct pollfd *set, nfds_t n, int milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	if (milliseconds > longest_wait)
		longest_wait = milliseconds;
	return (int)syscall(SYS_ppoll, set, n, milliseconds >= 0 ? &time : NULL, NULL, 0);
}

int
__poll_chk(struct pollfd *set, nfds_t n, int milliseconds, size_t size)
{
	(void)size;
	return poll(set, n, milliseconds);
}

static void
prepare(void)
{
	snprintf(path, sizeof path, "%s/submit", unit_directory());
	conf = (struct conf){ .socket = path, .is_private = true };
	message = MESSAGE;
	message.text = xstrdup(draft);
	message.text_len = strlen(draft);
	entry_add_recipient(&message.entry, SLICE("a@x"));
	entry_add_recipient(&message.entry, SLICE("b@y"));
}

static void
prepare_large(size_t octets)
{
	prepare();
	free(message.text);
	message.text = xmalloc(octets);
	message.text_len = octets;
	memset(message.text, 'x', octets);
}

static int
listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int                fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strlcpy(address.sun_path, path, sizeof address.sun_path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

/* The other side, in a process of its own: exits 0 when it was asked what it expected to be asked. */
static void
speak(int fd, const char *expected, const char *says, bool hears)
{
	int          peer = accept(fd, NULL, NULL);
	char         packet[PACKET_MAX];
	struct slice rest = SLICE(says), text, request;

	if (hears && packet_receive_octets(peer, packet, sizeof packet) <= 0)
		_exit(1);
	text = SLICE(packet);
	request = slice_cut(&text, '\n');
	if (hears && expected[0] != '\0' && (!slice_equal(request, SLICE(expected)) || !slice_equal(text, SLICE(draft))))
		_exit(2);
	while (rest.len > 0)
		packet_send(peer, slice_cut(&rest, '|'), -1);
	_exit(0);
}

START_TEST(answer_becomes_an_exit_status)
{
	struct problem why = { 0 };
	int            fd, status;

	prepare();
	fd = listener();
	if (fork() == 0)
		speak(fd, conversations[_i].request, conversations[_i].says, conversations[_i].hears);
	close(fd);
	ck_assert_int_eq(doors_submit(&conf, &message, conversations[_i].deliver, false, &why), conversations[_i].code);
	ck_assert_str_eq(message.entry.id, slice_begins(SLICE(conversations[_i].says), SLICE("accepted X")) ? "X" :
	    slice_begins(SLICE(conversations[_i].says), SLICE("accepted")) ? "6B020D1688FBA5" : "");
	if (conversations[_i].code != 0)
		ck_assert_ptr_nonnull(strstr(why.text, conversations[_i].text));
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	message_release(&message);
}
END_TEST

/* More than the socket holds: it is still being sent when the answer comes. */
START_TEST(who_refuses_the_first_part_of_a_message_is_heard)
{
	enum { LARGE = 1 << 20 };
	struct problem why;
	int            fd, status;

	prepare_large(LARGE);
	fd = listener();
	if (fork() == 0) {
		static char packet[PACKET_DRAFT_MAX + 1];
		int         peer = accept(fd, NULL, NULL);

		if (packet_receive_octets(peer, packet, sizeof packet) != PACKET_DRAFT_MAX)
			_exit(1);
		packet_send(peer, SLICE("refused never 5.3.4 too large"), -1);
		_exit(0);
	}
	close(fd);
	ck_assert_int_eq(doors_submit(&conf, &message, DELIVER_BACKGROUND, false, &why), EX_DATAERR);
	ck_assert_str_eq(why.text, "too large");
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	message_release(&message);
}
END_TEST

/* As where net.core.wmem_default was made small. */
START_TEST(a_message_goes_through_a_socket_that_holds_little)
{
	enum { LARGE = 200000 };
	struct problem why = { 0 };
	int            fd, status;

	prepare_large(LARGE);
	fd = listener();
	if (fork() == 0) {
		static char packet[PACKET_DRAFT_MAX + 1];
		int         peer = accept(fd, NULL, NULL);
		ssize_t     left = strlen("submit background\n") + LARGE, n;

		while (left > 0 && (n = packet_receive_octets(peer, packet, sizeof packet)) > 0)
			left -= n;
		packet_send(peer, SLICE("accepted 6B020D1688FBA5"), -1);
		_exit(left != 0);
	}
	close(fd);
	holds_little = true;
	ck_assert_int_eq(doors_submit(&conf, &message, DELIVER_BACKGROUND, false, &why), 0);
	holds_little = false;
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	message_release(&message);
}
END_TEST

/* Whoever gives up while a slow disk writes has a message that is sent, and a caller who sends it again. */
START_TEST(a_large_message_has_the_time_that_a_disk_takes)
{
	enum { LARGE = 50 << 20, A_MEGABYTE_A_SECOND = 1 << 10 };
	struct problem why = { 0 };
	int            fd;

	prepare();
	message.entry.message_len = LARGE;
	fd = listener();
	if (fork() == 0)
		speak(fd, "", "accepted 6B020D1688FBA5", true);
	close(fd);
	longest_wait = 0;
	ck_assert_int_eq(doors_submit(&conf, &message, DELIVER_BACKGROUND, false, &why), 0);
	ck_assert_int_gt(longest_wait, LARGE / A_MEGABYTE_A_SECOND);
	wait(NULL);
	message_release(&message);
}
END_TEST

START_TEST(no_door_is_said_at_once_with_the_remedy)
{
	struct timespec late = clock_deadline(20 * 1000);   /* an answer would be waited for longer */
	struct problem  why;

	prepare();
	ck_assert_int_eq(doors_submit(&conf, &message, DELIVER_BACKGROUND, false, &why), EX_TEMPFAIL);
	ck_assert_int_gt(clock_left(late), 0);
	ck_assert_ptr_nonnull(strstr(why.text, "start salsad"));
	ck_assert_ptr_nonnull(strstr(why.text, "salsa-drop: not installed"));
	ck_assert_int_eq(doors_run(&conf, "", false, false, &why), EX_TEMPFAIL);
	message_release(&message);
}
END_TEST

/* One that waits for an answer in vain, for whatever reason: the message was handed over. */
START_TEST(a_door_that_does_not_answer_may_take_the_message_yet)
{
	struct problem why;
	bool           hung = false, fired = true;

	for (int nth = 0; fired && !hung; nth++) {
		int fd;

		prepare();
		fd = listener();   /* where nobody accepts */
		fault_arm(nth, ETIMEDOUT);
		ck_assert_int_eq(doors_submit(&conf, &message, DELIVER_BACKGROUND, false, &why), EX_TEMPFAIL);
		fired = fault_fired();
		hung = strstr(why.text, "no answer in time; it may take the message yet") != NULL;
		ck_assert(!hung || strstr(why.text, "salsa-drop: not installed") == NULL);   /* nobody else is asked */
		close(fd);
		message_release(&message);
	}
	ck_assert(hung);
}
END_TEST

START_TEST(a_door_that_closes_without_a_word_is_not_the_last)
{
	struct problem why;
	int            fd;

	prepare();
	fd = listener();
	if (fork() == 0)
		speak(fd, "", "", true);
	close(fd);
	ck_assert_int_eq(doors_submit(&conf, &message, DELIVER_BACKGROUND, false, &why), EX_TEMPFAIL);
	ck_assert_ptr_nonnull(strstr(why.text, "submission socket: closed without an answer"));
	ck_assert_ptr_nonnull(strstr(why.text, "salsa-drop: not installed"));
	wait(NULL);
	message_release(&message);
}
END_TEST

static const struct { bool wait, verbose; const char *terms, *request, *says; int code; } runs[] = {
	{ false, false, "", "run", "", 0 },
	{ true, false, "", "run wait", "", 0 },
	{ false, true, "", "run wait", "", 0 },
	{ false, false, "\tIAB\t!Rx y", "run\tIAB\t!Rx y", "selected 3", 0 },
	{ true, false, "\tIAB", "run wait\tIAB", "selected 0", 0 },
	{ false, false, "", "run", "refused later 4.3.0 no spool", EX_TEMPFAIL },
	{ false, false, "", "run", "refused later 4.7.0 too soon", EX_TEMPFAIL },
};

START_TEST(a_run_is_asked_for_and_ends_with_the_stream)
{
	struct problem why;
	char           request[PACKET_MAX];
	int            fd, status;

	prepare();
	fd = listener();
	if (fork() == 0) {
		int peer = accept(fd, NULL, NULL);

		packet_receive_octets(peer, request, sizeof request);
		if (runs[_i].says[0] != '\0')
			packet_send(peer, SLICE(runs[_i].says), -1);
		_exit(strcmp(request, runs[_i].request));
	}
	close(fd);
	ck_assert_int_eq(doors_run(&conf, runs[_i].terms, runs[_i].wait, runs[_i].verbose, &why), runs[_i].code);
	if (strstr(runs[_i].says, "4.7.0") != NULL)
		ck_assert_str_eq(why.text, "too soon");   /* no other door is tried */
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	message_release(&message);
}
END_TEST

/* A daemon that leaves: what waits at its socket is gone with it. */
START_TEST(a_run_that_nobody_has_read_is_not_called_done)
{
	struct problem why;
	int            fd;

	prepare();
	fd = listener();
	if (fork() == 0) {
		struct pollfd asked = { .fd = accept(fd, NULL, NULL), .events = POLLIN };

		poll(&asked, 1, -1);
		_exit(0);
	}
	close(fd);
	ck_assert_int_eq(doors_run(&conf, "", true, false, &why), EX_TEMPFAIL);
	ck_assert_ptr_nonnull(strstr(why.text, "submission socket: closed without an answer"));
	wait(NULL);
	message_release(&message);
}
END_TEST

/* One that waits for the end of it in vain, for whatever reason. */
START_TEST(a_run_that_does_not_end_is_not_called_done)
{
	struct problem why;
	int            fd;

	prepare();
	fd = listener();   /* where nobody accepts */
	fault_arm(0, ETIMEDOUT);
	ck_assert_int_eq(doors_run(&conf, "", _i == 1, false, &why), EX_TEMPFAIL);
	ck_assert(fault_fired());
	ck_assert_ptr_nonnull(strstr(why.text, "no answer in time"));
	ck_assert_ptr_null(strstr(why.text, "salsa-drop"));   /* nobody else is asked */
	close(fd);
	message_release(&message);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, answer_becomes_an_exit_status, conversations);
	tcase_add_test(t, who_refuses_the_first_part_of_a_message_is_heard);
	tcase_add_test(t, a_message_goes_through_a_socket_that_holds_little);
	tcase_add_test(t, a_large_message_has_the_time_that_a_disk_takes);
	tcase_add_test(t, no_door_is_said_at_once_with_the_remedy);
	tcase_add_test(t, a_door_that_does_not_answer_may_take_the_message_yet);
	tcase_add_test(t, a_door_that_closes_without_a_word_is_not_the_last);
	add_table(t, a_run_is_asked_for_and_ends_with_the_stream, runs);
	tcase_add_test(t, a_run_that_nobody_has_read_is_not_called_done);
	tcase_add_loop_test(t, a_run_that_does_not_end_is_not_called_done, 0, 2);
}
