/* SPDX-License-Identifier: ISC */
#include "ipc/packet.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/unit.h"

START_TEST(a_descriptor_travels_with_its_words)
{
	int  pair[2], tube[2], fd;
	char text[64];

	ck_assert_int_eq(packet_pair(pair), 0);
	ck_assert_int_eq(pipe(tube), 0);
	ck_assert_int_eq(packet_sendf(pair[0], tube[1], "deliver %d", 7), 0);
	ck_assert_int_eq(packet_receive(pair[1], text, sizeof text, &fd), 9);
	ck_assert_str_eq(text, "deliver 7");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(read(tube[0], text, 1), 1);
	close(fd);
}
END_TEST

START_TEST(the_end_is_told_from_an_error)
{
	int  pair[2], fd;
	char text[8];

	ck_assert_int_eq(packet_pair(pair), 0);
	ck_assert_int_eq(packet_send(pair[0], SLICE("too long for eight"), -1), 0);
	ck_assert_int_eq(packet_receive(pair[1], text, sizeof text, &fd), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	close(pair[0]);
	ck_assert_int_eq(packet_receive(pair[1], text, sizeof text, &fd), 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(packet_send(pair[1], SLICE("x"), -1), -1);   /* and no SIGPIPE */
}
END_TEST

/* A peer that sends two descriptors must not make us keep one of which we do not know. */
START_TEST(more_descriptors_than_one_are_not_kept)
{
	int             pair[2], fd, before, after;
	int             two[2] = { STDIN_FILENO, STDIN_FILENO };
	char            text[8], control[CMSG_SPACE(sizeof two)] = { 0 };
	struct iovec    part = { "x", 1 };
	struct msghdr   message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof control };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	ck_assert_int_eq(packet_pair(pair), 0);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof two);
	memcpy(CMSG_DATA(header), two, sizeof two);
	ck_assert_int_eq(sendmsg(pair[0], &message, 0), 1);
	before = dup(STDIN_FILENO);
	close(before);
	ck_assert_int_eq(packet_receive(pair[1], text, sizeof text, &fd), 1);
	if (fd >= 0)
		close(fd);
	after = dup(STDIN_FILENO);
	ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(nobody_is_waited_for_without_end)
{
	int  pair[2];
	char text[PACKET_MAX];

	ck_assert_int_eq(packet_pair(pair), 0);
	ck_assert_int_eq(packet_await(pair[1], text, 10), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(packet_send(pair[0], SLICE("new"), STDIN_FILENO), 0);
	ck_assert_int_eq(packet_await(pair[1], text, 10000), 3);
	ck_assert_str_eq(text, "new");
	close(pair[0]);
	ck_assert_int_eq(packet_await(pair[1], text, 10000), 0);
}
END_TEST

static const struct { const char *text, *status, *words; bool refuses; enum verdict verdict; } refusals[] = {
	{ "refused later 4.3.1 the disk is full", "4.3.1", "the disk is full", true, VERDICT_LATER },
	{ "refused never 5.3.4 too large \r\n", "5.3.4", "too large", true, VERDICT_NEVER },
	{ "refused perhaps 4.0.0 x", "4.0.0", "x", true, VERDICT_LATER },
	{ "refused", "", "", true, VERDICT_LATER },
	{ "accepted 6920A3F1C000A1", "untouched", "untouched", false, VERDICT_NEVER },
	{ "", "untouched", "untouched", false, VERDICT_NEVER },
};

START_TEST(a_refusal_is_the_problem_that_it_was)
{
	struct problem why = { VERDICT_NEVER, "untouched", "untouched" };

	ck_assert_int_eq(packet_refusal(SLICE(refusals[_i].text), &why), refusals[_i].refuses);
	ck_assert_int_eq(why.verdict, refusals[_i].verdict);
	ck_assert_str_eq(why.status, refusals[_i].status);
	ck_assert_str_eq(why.text, refusals[_i].words);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, a_descriptor_travels_with_its_words);
	tcase_add_test(t, the_end_is_told_from_an_error);
	tcase_add_test(t, more_descriptors_than_one_are_not_kept);
	tcase_add_test(t, nobody_is_waited_for_without_end);
	add_table(t, a_refusal_is_the_problem_that_it_was, refusals);
}
