/* SPDX-License-Identifier: ISC */
#include "runner/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "lib/fault.h"
#include "lib/spool.h"
#include "lib/unit.h"
#include "runner/bounce.h"

static struct spool   spool;
static struct problem why;
static struct due     due, bounce;
static struct conf    conf = {
	.mailname = "www1.example.com",
	.hostname = "www1.example.com",
	.retry_first_seconds = 300,
	.retry_longest_seconds = 14400,
	.expire_seconds = 432000,
};

static void
begin(struct job *j, const char *id)
{
	struct claim c;

	log_open("test", "/dev/null");
	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	job_start(j, &c, -1);
}

static void
say(struct job *j, enum outcome outcome, const char *status, const char *text)
{
	struct fate f = { .outcome = outcome };

	strlcpy(f.status, status, sizeof f.status);
	strlcpy(f.relay, "mx.example.net[192.0.2.1]:25", sizeof f.relay);
	strlcpy(f.text, text, sizeof f.text);
	job_fate(j, &f);
}

/* Everything of an entry of the queue, as text. */
static const char *
content(const char *id)
{
	static char text[16384];
	int         fd = openat(spool.queue, id, O_RDONLY);
	ssize_t     n = read(fd, text, sizeof text - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

START_TEST(what_was_sent_is_removed)
{
	struct job j;

	spool_make(&spool);
	begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
	say(&j, OUTCOME_SENT, "2.0.0", "250 Ok");
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_GONE);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
}
END_TEST

START_TEST(what_is_for_later_stays_with_its_answer)
{
	struct job  j;
	const char *id;

	spool_make(&spool);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	begin(&j, id);
	say(&j, OUTCOME_LATER, "4.2.2", "452 4.2.2 mailbox full");
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_LATER);
	ck_assert_str_eq(due.id, id);
	ck_assert_int_ge(due.at, clock_now() + 299);
	begin(&j, id);
	ck_assert_uint_eq(j.claim.entry.tries, 1);
	ck_assert_str_eq(j.claim.entry.recipient[0].answer, "4.2.2 452 4.2.2 mailbox full");
	job_finish(&j, &conf, &due, &bounce);
}
END_TEST

/* A worker that broke has said nothing: nothing is lost. */
START_TEST(silence_is_for_later)
{
	struct job j;

	spool_make(&spool);
	begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_LATER);
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

START_TEST(a_worker_cannot_lie_about_what_it_has_not)
{
	struct job  j;
	struct fate f = { .recipient = 1, .outcome = OUTCOME_SENT };

	spool_make(&spool);
	begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
	job_fate(&j, &f);
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	say(&j, OUTCOME_SENT, "2.0.0", "250 yes");   /* too late: its fate is known */
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_GONE);
	ck_assert_str_ne(bounce.id, "");
}
END_TEST

static const char *const in_bounce[] = {
	"from\t\t\n",
	"alice@example.com",
	"\r\nTo: <alice@example.com>\r\n",
	"\r\nFrom: Mail Delivery System <MAILER-DAEMON@www1.example.com>\r\n",
	"\r\nAuto-Submitted: auto-replied\r\n",
	"\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n",
	"\r\nContent-Type: message/delivery-status\r\n",
	"\r\nReporting-MTA: dns; www1.example.com\r\n",
	"\r\nFinal-Recipient: rfc822; bob@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n",
	"\r\nRemote-MTA: dns; mx.example.net\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
	"\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nX-Long: kept\r\n",
};

/* RFC 3464. */
START_TEST(a_refusal_is_reported_to_its_sender)
{
	struct job j;

	spool_make(&spool);
	begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
	say(&j, OUTCOME_NEVER, "5.1.1",
	    "host mx.example.net[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)");
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_GONE);
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
	for (size_t i = 0; i < sizeof in_bounce / sizeof *in_bounce; i++)
		ck_assert_msg(strstr(content(bounce.id), in_bounce[i]) != NULL, "%s", in_bounce[i]);
	ck_assert_ptr_null(strstr(content(bounce.id), "hello"));
}
END_TEST

/* Hazard F9: where the bounce cannot be written, the message stays. */
START_TEST(no_bounce_no_removal)
{
	bool fired = true;

	for (int nth = 0; fired; nth++) {
		struct job j;

		spool_make(&spool);
		begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
		say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
		fault_arm(nth, ENOSPC);
		job_finish(&j, &conf, &due, &bounce);
		fired = fault_fired();
		ck_assert_int_ge(spool_count(&spool, "queue"), 1);
		ck_assert_int_eq(spool_count(&spool, "corrupt"), 0);
		spool_close(&spool);
	}
	ck_assert_str_ne(bounce.id, "");
}
END_TEST

/* RFC 5321, 4.5.5; hazard R16. */
START_TEST(a_null_sender_is_never_bounced_to)
{
	struct job  j;
	const char *id;

	spool_make(&spool);
	id = spool_put(&spool, "", "bob@example.net");
	begin(&j, id);
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_GONE);
	ck_assert_str_eq(bounce.id, "");
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
	begin(&j, id);
	ck_assert(j.claim.entry.held);
	job_finish(&j, &conf, &due, &bounce);
}
END_TEST

START_TEST(what_cannot_return_goes_to_the_postmaster_and_no_further)
{
	struct conf with = conf;
	struct job  j;

	with.postmaster = "ops@example.com";
	spool_make(&spool);
	begin(&j, spool_put(&spool, "", "bob@example.net"));
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, &due, &bounce), ENDING_GONE);
	begin(&j, bounce.id);
	ck_assert_str_eq(j.claim.entry.recipient[0].address, "ops@example.com");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, &due, &bounce), ENDING_GONE);
	ck_assert_str_eq(bounce.id, "");
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

START_TEST(a_late_message_is_announced_once)
{
	struct conf with = conf;
	struct job  j;
	const char *id;

	with.warn_seconds = 1;
	spool_make(&spool);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	begin(&j, id);
	j.claim.entry.arrived -= 10;
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(job_finish(&j, &with, &due, &bounce), ENDING_LATER);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nAction: delayed\r\nStatus: 4.4.1\r\n"));
	begin(&j, id);
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(job_finish(&j, &with, &due, &bounce), ENDING_LATER);
	ck_assert_str_eq(bounce.id, "");
}
END_TEST

START_TEST(an_expired_message_is_returned_with_its_last_answer)
{
	struct job j;

	spool_make(&spool);
	begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
	j.claim.entry.arrived -= 500000;
	j.claim.entry.tries = 30;
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(job_finish(&j, &conf, &due, &bounce), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nDiagnostic-Code: x-salsa; connection refused\r\n"));
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, what_was_sent_is_removed);
	tcase_add_test(t, what_is_for_later_stays_with_its_answer);
	tcase_add_test(t, silence_is_for_later);
	tcase_add_test(t, a_worker_cannot_lie_about_what_it_has_not);
	tcase_add_test(t, a_refusal_is_reported_to_its_sender);
	tcase_add_test(t, no_bounce_no_removal);
	tcase_add_test(t, a_null_sender_is_never_bounced_to);
	tcase_add_test(t, what_cannot_return_goes_to_the_postmaster_and_no_further);
	tcase_add_test(t, a_late_message_is_announced_once);
	tcase_add_test(t, an_expired_message_is_returned_with_its_last_answer);
}
