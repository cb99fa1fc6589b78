/* SPDX-License-Identifier: ISC */
#include "relay/keeper.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/unit.h"

/* Every run of the command adds a line to a file, and prints how many there are. */
static void
start(struct conf *c, const char *lines)
{
	char text[1024], counted[200];

	snprintf(counted, sizeof counted, "%s/runs", unit_directory());
	setenv("RUNS", counted, 1);
	snprintf(text, sizeof text, "log stderr\nrelay joe@a.example.com\npassword-command %s\n"
	    "relay b.example.com\ndiscovered *.example.net\nuser joe\npassword-command \"echo found\"\n", lines);
	conf_parse(c, SLICE(text));
	ck_assert_msg(c->nfaults == 0, "%s", buf_text(&c->faults));
	keeper_start(c);
}

static void
stop(struct conf *c)
{
	keeper_stop();
	conf_release(c);
}

#define COUNT "echo >>$RUNS; wc -l <$RUNS"

START_TEST(a_secret_is_kept_and_renewed_once_a_minute)
{
	struct conf    c;
	char           secret[SECRET_MAX];
	struct problem why;

	start(&c, COUNT);
	for (int i = 0; i < 3; i++) {
		ck_assert_msg(keeper_secret(&c.relay[0], secret, &why) == 0, "%s", why.text);
		ck_assert_str_eq(secret, "1");
	}
	ck_assert(keeper_renew(&c.relay[0]));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(keeper_secret(&c.relay[0], secret, &why), 0);
		ck_assert_str_eq(secret, "2");
		ck_assert(!keeper_renew(&c.relay[0]));
	}
	ck_assert_int_eq(keeper_secret(&c.discovered[0], secret, &why), 0);
	ck_assert_str_eq(secret, "found");
	ck_assert(!keeper_renew(&c.discovered[0]));   /* it is still the same */
	stop(&c);
}
END_TEST

START_TEST(a_failure_is_kept_for_a_minute_too)
{
	struct conf    c;
	char           secret[SECRET_MAX];
	struct problem why;
	FILE          *runs;

	start(&c, COUNT "; echo s3cret; echo s3cret >&2; exit 1");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(keeper_secret(&c.relay[0], secret, &why), -1);
		ck_assert_str_eq(why.text, "password-command of a.example.com: it ended with exit code 1");
		ck_assert_int_eq(why.verdict, VERDICT_LATER);
	}
	runs = fopen(getenv("RUNS"), "r");
	ck_assert_int_eq(fgetc(runs), '\n');
	ck_assert_int_eq(fgetc(runs), EOF);
	fclose(runs);
	stop(&c);
}
END_TEST

START_TEST(who_has_lost_its_keeper_knows_it)
{
	struct conf    c;
	char           secret[SECRET_MAX];
	struct problem why;

	start(&c, "kill -9 $PPID");
	ck_assert(!keeper_is_lost());
	ck_assert_int_eq(keeper_secret(&c.relay[0], secret, &why), -1);
	ck_assert(keeper_is_lost());
	stop(&c);
}
END_TEST

START_TEST(who_has_no_keeper_has_no_secret)
{
	struct conf    c;
	char           secret[SECRET_MAX];
	struct problem why;

	start(&c, COUNT);
	keeper_stop();
	ck_assert_int_eq(keeper_secret(&c.relay[0], secret, &why), -1);
	ck_assert_str_eq(why.text, "password-command of a.example.com: who runs it is gone");
	ck_assert(!keeper_renew(&c.relay[0]));
	stop(&c);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, a_secret_is_kept_and_renewed_once_a_minute);
	tcase_add_test(t, a_failure_is_kept_for_a_minute_too);
	tcase_add_test(t, who_has_lost_its_keeper_knows_it);
	tcase_add_test(t, who_has_no_keeper_has_no_secret);
}
