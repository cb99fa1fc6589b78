/* SPDX-License-Identifier: ISC */
#include "ipc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/packet.h"
#include "lib/unit.h"

START_TEST(a_child_has_its_end_of_the_conversation)
{
	char  text[PACKET_MAX];
	int   fd = -1, status;
	pid_t pid = -1;
	int   socket = child_start("/bin/cat", NULL, (struct descriptors){ CHILD_SOCKET, CHILD_SOCKET, -1 }, &pid);

	ck_assert_int_ge(socket, 0);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(packet_send(socket, SLICE("new 1"), -1), 0);
	ck_assert_int_eq(packet_receive(socket, text, sizeof text, &fd), 5);
	ck_assert_str_eq(text, "new 1");
	packet_end(socket);   /* which ends it, so nobody else has that end */
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
}
END_TEST

START_TEST(one_that_cannot_be_started_costs_no_descriptor)
{
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;

	close(before);
	errno = 0;
	ck_assert_int_eq(child_start("/nowhere", NULL, (struct descriptors){ CHILD_SOCKET, -1, -1 }, NULL), -1);
	ck_assert_int_eq(errno, ENOENT);
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(after, before);
	close(after);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, a_child_has_its_end_of_the_conversation);
	tcase_add_test(t, one_that_cannot_be_started_costs_no_descriptor);
}
