/* SPDX-License-Identifier: ISC */
#include "base/command.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/unit.h"

enum { LINE = 32, LIMIT_MS = 20 * 1000 };

static const struct { const char *command, *line, *complaint, *failed; } cases[] = {
	{ "echo s3cret", "s3cret", "", NULL },
	{ "printf 's3 cret \\r\\nmore\\n'", "s3 cret ", "", NULL },
	{ "printf s3cret; echo be careful >&2; echo twice >&2", "s3cret", "be careful", NULL },
	{ "cat; echo s3cret", "s3cret", "", NULL },   /* there is no input */
	{ "echo s3cret; sleep 25 & exit", "s3cret", "", NULL },   /* what it leaves behind is not waited for */
	{ "exec >&- 2>&-; exit 3", "", "", "exit code 3" },
	{ "echo s3cret; echo no key >&2; exit 2", NULL, "no key", "exit code 2" },
	{ "kill -9 $$", "", "", "signal 9" },
	{ "/nonexistent/command", "", NULL, "exit code 127" },
	{ "true", "", "", "empty" },
	{ "echo; echo s3cret", "", "", "empty" },
	{ "echo s3cret00000000000000000000000", "s3cret00000000000000000000000", "", NULL },
	{ "echo s3cret00000000000000000000000000", NULL, "", "too long" },
	{ "echo s3cret; yes", NULL, "", "more than 64 KiB" },
	{ "yes >&2", NULL, "y", "more than 64 KiB" },
};

START_TEST(a_command_says_its_first_line_or_why_not)
{
	char           line[LINE], complaint[COMMAND_COMPLAINT_MAX];
	struct problem why = { .text = "" };
	int            rc = command_run(cases[_i].command, LIMIT_MS, -1, line, sizeof line, complaint, &why);

	ck_assert_msg((rc == 0) == (cases[_i].failed == NULL), "%s", why.text);
	if (cases[_i].line != NULL)
		ck_assert_str_eq(line, cases[_i].line);
	if (cases[_i].complaint != NULL)
		ck_assert_str_eq(complaint, cases[_i].complaint);
	if (rc == 0)
		return;
	ck_assert_msg(strstr(why.text, cases[_i].failed) != NULL, "%s", why.text);
	ck_assert_ptr_null(strstr(why.text, "s3cret"));
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
}
END_TEST

START_TEST(a_command_that_hangs_is_ended_with_its_children)
{
	char           line[LINE], complaint[COMMAND_COMPLAINT_MAX], look[200];
	struct problem why;

	ck_assert_int_eq(command_run("sleep 1000 & echo $!; wait", 200, -1, line, sizeof line, complaint, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "too long"));
	/* Whoever reaps the child takes its time: a zombie is gone, too. */
	snprintf(look, sizeof look,
	    "while grep -qs '^State:.[^Z]' /proc/%.10s/status; do sleep 0.01; done; echo gone", line);
	ck_assert_int_eq(command_run(look, LIMIT_MS, -1, line, sizeof line, complaint, &why), 0);
	ck_assert_str_eq(line, "gone");
}
END_TEST

START_TEST(nothing_runs_for_somebody_who_has_left)
{
	char            line[LINE], complaint[COMMAND_COMPLAINT_MAX];
	struct problem  why;
	struct timespec begin = clock_deadline(LIMIT_MS);
	int             pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	close(pair[1]);
	ck_assert_int_eq(command_run("sleep 1000", LIMIT_MS, pair[0], line, sizeof line, complaint, &why), -1);
	ck_assert_int_gt(clock_left(begin), 0);
	close(pair[0]);
}
END_TEST

START_TEST(a_command_has_none_of_our_descriptors)
{
	char           line[LINE], complaint[COMMAND_COMPLAINT_MAX];
	struct problem why;
	int            ours = dup(STDERR_FILENO);

	ck_assert_int_gt(ours, STDERR_FILENO);
	ck_assert_int_eq(command_run("set -- /proc/$$/fd/*; echo $#", LIMIT_MS, -1, line, sizeof line, complaint,
	    &why), 0);
	ck_assert_int_le(strtol(line, NULL, 10), 4);   /* three, and the directory itself */
	close(ours);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_command_says_its_first_line_or_why_not, cases);
	tcase_add_test(t, a_command_that_hangs_is_ended_with_its_children);
	tcase_add_test(t, nothing_runs_for_somebody_who_has_left);
	tcase_add_test(t, a_command_has_none_of_our_descriptors);
}
