/* SPDX-License-Identifier: ISC */
#include "drop/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/packet.h"
#include "lib/spool.h"
#include "lib/unit.h"

enum { CROWDED_MSEC = 1000, PATIENCE_MSEC = 20000 };

int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);

static bool               hurries;   /* time passes a hundred times as fast for who waits */
static struct spool       spool;
static struct conf        conf = { .hostname = "www1.example.com", .max_size = 1 << 20 };
static struct sockaddr_un door = { .sun_family = AF_UNIX };
static int                notices;   /* salsad's end of them: the test plays it */

int
ppoll(struct pollfd *set, nfds_t n, const struct timespec *time, const sigset_t *signals)
{
	struct timespec rest = { 0 };

	if (time != NULL)
		rest = *time;
	if (hurries)
		rest = (struct timespec){ rest.tv_sec / 100, (rest.tv_nsec + rest.tv_sec % 100 * 1000000000) / 100 };
	return (int)syscall(SYS_ppoll, set, n, time != NULL ? &rest : NULL, signals, _NSIG / 8);
}

/* What ppoll() is where the compiler sees how long the set is. */
int
__ppoll_chk(struct pollfd *set, nfds_t n, const struct timespec *time, const sigset_t *signals, size_t size)
{
	(void)size;
	return ppoll(set, n, time, signals);
}

static bool     users_differ;   /* each ten callers are another one's */
static unsigned ncallers;

/* Whoever calls from another process than the test's is another user. */
int
getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	int           result = (int)syscall(SYS_getsockopt, fd, level, option, value, len);
	struct ucred *peer = value;

	if (result == 0 && level == SOL_SOCKET && option == SO_PEERCRED && peer->pid != getppid())
		peer->uid = 1 + getuid();
	else if (result == 0 && level == SOL_SOCKET && option == SO_PEERCRED && users_differ)
		peer->uid = 1000 + ncallers++ / 10;
	return result;
}

static void
allow_no_more_descriptors(void)
{
	int           next = dup(STDIN_FILENO);
	struct rlimit limit;

	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void
allow_whatever_is_allowed(void)
{
}

static void
let_time_fly(void)
{
	hurries = true;
}

static void
let_users_differ(void)
{
	users_differ = true;
}

static pid_t
door_opens(void (*limit)(void))
{
	int   listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), pair[2];
	pid_t pid;

	spool_make(&spool);
	log_open("test", "/dev/null");
	snprintf(door.sun_path, sizeof door.sun_path, "%s/submit", spool.path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&door, sizeof door), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	ck_assert_int_eq(packet_pair(pair), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		struct notices n = { .socket = pair[1] };

		close(pair[0]);
		limit();
		fcntl(n.socket, F_SETFL, O_NONBLOCK);
		_exit(serve(&conf, &spool, listener, &n));
	}
	close(pair[1]);
	close(listener);
	notices = pair[0];
	return pid;
}

/* Its processor time, in milliseconds. */
static long
door_closes(pid_t pid)
{
	struct rusage u;
	int           status;

	close(notices);
	ck_assert_int_eq(wait4(pid, &status, 0, &u), pid);
	ck_assert(WIFEXITED(status));   /* whether well hangs on whether its last notice came before that end */
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

START_TEST(a_door_without_descriptors_waits_for_one)
{
	pid_t         pid = door_opens(allow_no_more_descriptors);
	struct rlimit limit;
	char          text[PACKET_MAX];
	int           caller = packet_connect(door.sun_path);

	ck_assert_int_ge(caller, 0);
	ck_assert_int_eq(packet_sendf(caller, -1, "scan"), 0);
	ck_assert_int_eq(packet_await(notices, text, CROWDED_MSEC), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	getrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
	ck_assert_int_eq(packet_await(notices, text, PATIENCE_MSEC), 4);
	ck_assert_str_eq(text, "scan");
	close(caller);
	ck_assert_int_lt(door_closes(pid), CROWDED_MSEC / 10);
}
END_TEST

/* One who has sent a part of a message that is larger than a packet. */
static int
somebody_begins(const struct slice *draft)
{
	int          caller = packet_connect(door.sun_path);
	struct slice begin = { draft->at, ENTRY_FIRST_LINE };

	ck_assert_int_ge(caller, 0);
	ck_assert_int_eq(packet_send_parts(caller, SLICE("submit queue\n"), begin, 0), 0);
	return caller;
}

static void
he_goes_on(int caller, const struct slice *draft)
{
	ck_assert_int_eq(packet_send(caller, slice_from(*draft, ENTRY_FIRST_LINE), -1), 0);
}

static int
somebody_has_a_small_one(const struct slice *draft)
{
	int caller = packet_connect(door.sun_path);

	ck_assert_int_ge(caller, 0);
	ck_assert_int_eq(packet_send_parts(caller, SLICE("submit queue\n"), *draft, 0), 0);
	return caller;
}

static void
expect_accepted(int caller)
{
	char text[PACKET_MAX];

	ck_assert_int_gt(packet_await(caller, text, PATIENCE_MSEC), 0);
	ck_assert(slice_begins(SLICE(text), SLICE("accepted ")));
	close(caller);
}

/* One who has begun, and has a process of his own by now. */
static int
somebody_is_waited_for(const struct slice *draft)
{
	int  caller = somebody_begins(draft);
	char text[PACKET_MAX];

	expect_accepted(somebody_has_a_small_one(draft));
	ck_assert_int_gt(packet_await(notices, text, PATIENCE_MSEC), 0);
	return caller;
}

START_TEST(one_who_takes_his_time_makes_nobody_wait)
{
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(allow_whatever_is_allowed);
	int          slow = somebody_begins(&draft);

	for (int i = 0; i < 3; i++)
		expect_accepted(somebody_has_a_small_one(&draft));
	he_goes_on(slow, &draft);
	expect_accepted(slow);
	ck_assert_int_eq(spool_count(&spool, "queue"), 4);
	door_closes(pid);
}
END_TEST

/* With whatever he wants next, where he has as many as one may have. */
START_TEST(one_who_has_many_on_their_way_waits_for_one_of_them)
{
	enum { AS_MANY_AS_MAY = 16 };
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(allow_whatever_is_allowed);
	int          slow[AS_MANY_AS_MAY], next;
	char         text[PACKET_MAX];

	for (size_t i = 0; i < AS_MANY_AS_MAY; i++)
		slow[i] = somebody_begins(&draft);
	next = somebody_has_a_small_one(&draft);
	ck_assert_int_eq(packet_await(next, text, CROWDED_MSEC), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	close(slow[0]);   /* a sendmail that was killed */
	expect_accepted(next);
	for (size_t i = 1; i < AS_MANY_AS_MAY; i++) {
		he_goes_on(slow[i], &draft);
		expect_accepted(slow[i]);
	}
	ck_assert_int_eq(spool_count(&spool, "queue"), AS_MANY_AS_MAY);
	door_closes(pid);
}
END_TEST

/* They go on to the other door. */
START_TEST(those_who_wait_for_their_own_messages_do_not_fill_the_house)
{
	enum { AS_MANY_AS_MAY = 16, AS_MANY_AS_STAND_IN_THE_HOUSE = 64 };
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(allow_whatever_is_allowed), other;
	int          crowd[AS_MANY_AS_MAY + AS_MANY_AS_STAND_IN_THE_HOUSE], status;

	for (size_t i = 0; i < sizeof crowd / sizeof *crowd; i++)
		crowd[i] = i < AS_MANY_AS_MAY ? somebody_begins(&draft) : somebody_has_a_small_one(&draft);
	fflush(NULL);
	if ((other = fork()) == 0) {
		char text[PACKET_MAX];

		_exit(packet_await(somebody_has_a_small_one(&draft), text, PATIENCE_MSEC / 4) > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	ck_assert_int_eq(status, 0);
	for (size_t i = 0; i < sizeof crowd / sizeof *crowd; i++)
		close(crowd[i]);
	door_closes(pid);
}
END_TEST

/* Whose large one is one too many goes on to the other door. */
START_TEST(however_many_large_messages_are_on_their_way_a_small_one_is_let_in)
{
	enum { AS_MANY_AS_MAY = 64 };
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(let_users_differ);
	int          slow[AS_MANY_AS_MAY + 1];
	char         text[PACKET_MAX];

	for (size_t i = 0; i <= AS_MANY_AS_MAY; i++)
		slow[i] = somebody_begins(&draft);
	ck_assert_int_eq(packet_await(slow[AS_MANY_AS_MAY], text, PATIENCE_MSEC), 0);
	expect_accepted(somebody_has_a_small_one(&draft));
	for (size_t i = 0; i <= AS_MANY_AS_MAY; i++)
		close(slow[i]);
	door_closes(pid);
}
END_TEST

/* Nobody listens until the last who holds the notices is gone: salsad starts another one then. */
START_TEST(who_is_killed_leaves_nobody_behind_with_a_large_message)
{
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(allow_whatever_is_allowed);
	int          slow = somebody_is_waited_for(&draft);
	char         text[PACKET_MAX];

	kill(pid, SIGKILL);
	ck_assert_int_eq(packet_await(notices, text, PATIENCE_MSEC / 4), 0);
	waitpid(pid, NULL, 0);
	close(slow);
	close(notices);
}
END_TEST

/* Until it has left nobody listens. */
START_TEST(who_is_told_to_leave_does_not_wait_for_one_who_takes_his_time)
{
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(allow_whatever_is_allowed);
	int          slow = somebody_is_waited_for(&draft);
	char         text[PACKET_MAX];

	ck_assert_int_eq(shutdown(notices, SHUT_WR), 0);
	ck_assert_int_eq(packet_await(notices, text, PATIENCE_MSEC / 4), 0);
	close(slow);
	door_closes(pid);
}
END_TEST

START_TEST(salsad_hears_of_a_large_message_whatever_becomes_of_its_process)
{
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(allow_whatever_is_allowed);
	int          slow = somebody_is_waited_for(&draft);
	char         text[PACKET_MAX], children[64];
	int          child = 0;
	FILE        *f;

	snprintf(children, sizeof children, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(children, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d", &child), 1);
	fclose(f);
	kill(child, SIGKILL);
	ck_assert_int_gt(packet_await(notices, text, PATIENCE_MSEC), 0);
	ck_assert_str_eq(text, "scan");
	close(slow);
	door_closes(pid);
}
END_TEST

/* By its end, where salsad did not read in time. */
START_TEST(what_salsad_was_not_told_it_is_told_in_the_end)
{
	pid_t pid = door_opens(allow_whatever_is_allowed);
	char  text[PACKET_MAX];
	int   status, said = 0;

	while (said == 0) {   /* until no more fits into the socket */
		int caller = packet_connect(door.sun_path);

		ck_assert_int_eq(packet_sendf(caller, -1, "scan"), 0);
		said = (int)packet_await(caller, text, PATIENCE_MSEC);
		close(caller);
	}
	ck_assert(slice_begins(SLICE(text), SLICE("refused later ")));
	ck_assert_int_eq(shutdown(notices, SHUT_WR), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_ne(status, 0);
	close(notices);
}
END_TEST

/* salsad listens too, and starts another one. */
START_TEST(where_nobody_comes_nobody_has_to_stay)
{
	struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
	pid_t        pid = door_opens(let_time_fly);
	char         text[PACKET_MAX];

	expect_accepted(somebody_has_a_small_one(&draft));
	ck_assert_int_gt(packet_await(notices, text, PATIENCE_MSEC), 0);
	ck_assert_int_eq(packet_await(notices, text, PATIENCE_MSEC), 0);
	door_closes(pid);
}
END_TEST

void
tests(TCase *tcase)
{
	tcase_add_test(tcase, where_nobody_comes_nobody_has_to_stay);
	tcase_add_test(tcase, one_who_takes_his_time_makes_nobody_wait);
	tcase_add_test(tcase, one_who_has_many_on_their_way_waits_for_one_of_them);
	tcase_add_test(tcase, those_who_wait_for_their_own_messages_do_not_fill_the_house);
	tcase_add_test(tcase, however_many_large_messages_are_on_their_way_a_small_one_is_let_in);
	tcase_add_test(tcase, who_is_killed_leaves_nobody_behind_with_a_large_message);
	tcase_add_test(tcase, who_is_told_to_leave_does_not_wait_for_one_who_takes_his_time);
	tcase_add_test(tcase, what_salsad_was_not_told_it_is_told_in_the_end);
	tcase_add_test(tcase, salsad_hears_of_a_large_message_whatever_becomes_of_its_process);
	tcase_add_test(tcase, a_door_without_descriptors_waits_for_one);
}
