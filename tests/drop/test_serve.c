/* SPDX-License-Identifier: ISC */
#include "drop/serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/packet.h"
#include "lib/spool.h"
#include "lib/unit.h"

enum { CROWDED_MSEC = 1000, PATIENCE_MSEC = 20000 };

static struct spool       spool;
static struct conf        conf = { .hostname = "www1.example.com", .max_size = 1000 };
static struct sockaddr_un door = { .sun_family = AF_UNIX };
static int                notices;   /* salsad's end of them: the test plays it */

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

static pid_t
door_opens(void)
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
		allow_no_more_descriptors();
		serve(&conf, &spool, listener, &n);
		_exit(EXIT_SUCCESS);
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
	ck_assert_int_eq(status, 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

START_TEST(a_door_without_descriptors_waits_for_one)
{
	pid_t         pid = door_opens();
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

void
tests(TCase *tcase)
{
	tcase_add_test(tcase, a_door_without_descriptors_waits_for_one);
}
