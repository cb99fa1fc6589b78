/* SPDX-License-Identifier: ISC */
#include "runner/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/spool.h"
#include "lib/unit.h"
#include "runner/bounce.h"

static struct spool   spool;
static struct problem why;
static struct due     due, bounce;
static const struct due nobody = { .caller = -1 };
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
	job_start(j, &c, &nobody);
}

/* A message that alone is in the queue, and in a worker's hand.  Returns its ID. */
static const char *
given(struct job *j, const char *sender, const char *recipients)
{
	const char *id;

	spool_make(&spool);
	id = spool_put(&spool, sender, recipients);
	begin(j, id);
	return id;
}

static enum ending
finish(struct job *j)
{
	return job_finish(j, &conf, true, &due, &bounce);
}

static void
say_of(struct job *j, size_t recipient, enum outcome outcome, const char *status, const char *text)
{
	struct fate f = { .recipient = recipient, .outcome = outcome, .unreported = outcome == OUTCOME_SENT };

	strlcpy(f.status, status, sizeof f.status);
	strlcpy(f.relay, "mx.example.net[192.0.2.1]:25", sizeof f.relay);
	strlcpy(f.text, text, sizeof f.text);
	job_fate(j, &f);
}

static void
say(struct job *j, enum outcome outcome, const char *status, const char *text)
{
	say_of(j, 0, outcome, status, text);
}

/* It arrived so long ago, and its last try was just now. */
static void
grow_old(struct job *j, time_t seconds)
{
	j->claim.entry.arrived -= seconds;
	j->claim.entry.next = clock_now();
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

	given(&j, "alice@example.com", "bob@example.net");
	say(&j, OUTCOME_SENT, "2.0.0", "250 Ok");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
}
END_TEST

START_TEST(what_cannot_be_removed_is_not_sent_again)
{
	struct job  j;
	const char *id;

	id = given(&j, "alice@example.com", "bob@example.net");
	say(&j, OUTCOME_SENT, "2.0.0", "250 Ok");
	fault_arm(0, EIO);
	ck_assert_int_eq(finish(&j), ENDING_LATER);
	ck_assert(fault_fired());
	begin(&j, id);
	ck_assert_uint_eq(entry_nqueued(&j.claim.entry), 0);
	ck_assert_int_eq(finish(&j), ENDING_GONE);
}
END_TEST

START_TEST(what_is_for_later_stays_with_its_answer)
{
	struct job  j;
	const char *id;

	id = given(&j, "alice@example.com", "bob@example.net");
	say(&j, OUTCOME_LATER, "4.2.2", "452 4.2.2 mailbox full");
	ck_assert_int_eq(finish(&j), ENDING_LATER);
	ck_assert_str_eq(due.id, id);
	ck_assert_int_ge(due.at, clock_now() + 299);
	ck_assert(!due.put_off);
	begin(&j, id);
	ck_assert_uint_eq(j.claim.entry.tries, 1);
	ck_assert_str_eq(j.claim.entry.recipient[0].answer, "4.2.2 452 4.2.2 mailbox full");
	finish(&j);
}
END_TEST

/* A worker that broke has said nothing: nothing is lost. */
START_TEST(silence_is_for_later)
{
	struct job j;

	given(&j, "alice@example.com", "bob@example.net");
	ck_assert_int_eq(finish(&j), ENDING_LATER);
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
	ck_assert(!due.put_off);   /* nobody knows what it broke of */
}
END_TEST

START_TEST(what_no_relay_was_called_for_waits_for_news_of_one)
{
	struct fate f = { .outcome = OUTCOME_LATER, .status = "4.4.1", .relay = "none", .text = "known to be down" };
	struct job  j;

	given(&j, "alice@example.com", "bob@example.net");
	job_fate(&j, &f);
	ck_assert_int_eq(finish(&j), ENDING_LATER);
	ck_assert(due.put_off);
}
END_TEST

START_TEST(a_worker_cannot_lie_about_what_it_has_not)
{
	struct job  j;
	struct fate f = { .recipient = 1, .outcome = OUTCOME_SENT };

	given(&j, "alice@example.com", "bob@example.net");
	job_fate(&j, &f);
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	say(&j, OUTCOME_SENT, "2.0.0", "250 yes");   /* too late: its fate is known */
	ck_assert_int_eq(finish(&j), ENDING_GONE);
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
	"\r\nAbout your message of\r\n",
	", with the subject\r\n\"x\":\r\n\r\nIt could not be delivered to:\r\n\r\n<bob@example.net>\r\n    5.1.1 host ",
	"\r\n    Is the address spelled as it should be?\r\n\r\nIt will not be tried again.",
};

/* RFC 3464. */
START_TEST(a_refusal_is_reported_to_its_sender)
{
	struct job j;

	given(&j, "alice@example.com", "bob@example.net");
	say(&j, OUTCOME_NEVER, "5.1.1",
	    "host mx.example.net[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
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

		given(&j, "alice@example.com", "bob@example.net");
		say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
		fault_arm(nth, ENOSPC);
		finish(&j);
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

	id = given(&j, "", "bob@example.net");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(finish(&j), ENDING_HELD);
	ck_assert_str_eq(bounce.id, "");
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
	begin(&j, id);
	ck_assert(j.claim.entry.held);
	finish(&j);
}
END_TEST

START_TEST(what_cannot_return_goes_to_the_postmaster_and_no_further)
{
	struct conf with = conf;
	struct job  j;

	with.postmaster = "ops@example.com";
	given(&j, "", "bob@example.net");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_GONE);
	begin(&j, bounce.id);
	ck_assert_str_eq(j.claim.entry.recipient[0].address, "ops@example.com");
	ck_assert_ptr_nonnull(strstr(content(bounce.id),
	    "\r\nIts postmaster is told about a message that names no sender, of"));
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_HELD);
	ck_assert_str_eq(bounce.id, "");
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

/* Hazard R16: what is refused every minute does not fill the disk; the log has it. */
START_TEST(no_more_is_held_than_may_be)
{
	struct job j;

	given(&j, "", "bob@example.net");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &conf, false, &due, &bounce), ENDING_GONE);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
	begin(&j, spool_put(&spool, "alice@example.com", "bob@example.net"));
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &conf, false, &due, &bounce), ENDING_GONE);
	ck_assert_str_ne(bounce.id, "");   /* who has a sender is told all the same */
}
END_TEST

/* Of this host, with root's mail for somebody elsewhere. */
static struct conf
with_aliases(void)
{
	static char path[256];
	struct conf with = conf;
	FILE       *file;

	snprintf(path, sizeof path, "%s/aliases", spool.path);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("root: ops@example.org\n", file);
	ck_assert_int_eq(fclose(file), 0);
	chmod(path, 0644);
	with.aliases = path;
	with.is_private = true;   /* the file need not be root's */
	return with;
}

START_TEST(a_local_sender_hears_of_it_where_his_alias_leads)
{
	struct conf with;
	struct job  j;

	spool_make(&spool);
	with = with_aliases();
	begin(&j, spool_put(&spool, "root@www1.example.com", "bob@example.net"));
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_GONE);
	begin(&j, bounce.id);
	ck_assert_str_eq(j.claim.entry.recipient[0].address, "ops@example.org");
	job_finish(&j, &with, true, &due, &bounce);
}
END_TEST

/* Hazard R16: also where the postmaster's alias leads to the one who could not be reached. */
START_TEST(what_cannot_reach_the_postmasters_alias_is_held)
{
	struct conf with;
	struct job  j;

	spool_make(&spool);
	with = with_aliases();
	with.postmaster = "root@www1.example.com";
	begin(&j, spool_put(&spool, "", "ops@example.org"));
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_HELD);
	ck_assert_str_eq(bounce.id, "");
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

START_TEST(a_postmaster_who_was_reached_hears_of_those_who_were_not)
{
	struct conf with = conf;
	struct job  j;

	with.postmaster = "ops@example.com";
	given(&j, "", "bob@example.net,ops@example.com");
	say_of(&j, 1, OUTCOME_SENT, "2.0.0", "250 Ok");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_GONE);
	ck_assert_str_ne(bounce.id, "");
}
END_TEST

START_TEST(a_late_message_is_announced_once)
{
	struct conf with = conf;
	struct job  j;
	const char *id;

	with.warn_seconds = 1;
	id = given(&j, "alice@example.com", "bob@example.net");
	grow_old(&j, 10);
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_LATER);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nAction: delayed\r\nStatus: 4.4.1\r\n"));
	begin(&j, id);
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_LATER);
	ck_assert_str_eq(bounce.id, "");
}
END_TEST

START_TEST(an_expired_message_is_returned_with_its_last_answer)
{
	struct job j;

	given(&j, "alice@example.com", "bob@example.net");
	grow_old(&j, 500000);
	j.claim.entry.tries = 30;
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nDiagnostic-Code: x-salsa; connection refused\r\n"));
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

/* Each worker that had it has ended in the middle of it. */
START_TEST(what_no_try_has_answered_is_returned_with_a_reason_too)
{
	struct job j;

	given(&j, "alice@example.com", "bob@example.net");
	grow_old(&j, 500000);
	j.claim.entry.tries = 30;
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\n<bob@example.net>\r\n    4.3.0 no try has come to an end\r\n"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nDiagnostic-Code: x-salsa; no try has come to an end\r\n"));
}
END_TEST

/* The clock goes on from try to try, and no relay answers. */
START_TEST(a_message_that_nobody_takes_is_tried_for_five_days_then_returned)
{
	const time_t begun = 1800000000;
	struct conf  with = conf;
	struct job   j;
	const char  *id;
	time_t       now = begun, pause = 0;
	int          ntries = 0, nwarnings = 0;
	enum ending  ending;

	with.warn_seconds = 14400;
	spool_make(&spool);
	clock_set(now);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	do {
		clock_set(now);
		begin(&j, id);
		say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
		ending = job_finish(&j, &with, true, &due, &bounce);
		ntries++;
		pause = due.at - now;
		if (ending == ENDING_LATER) {
			nwarnings += bounce.id[0] != '\0';
			ck_assert_int_ge(pause, ntries < 6 ? 300 << (ntries - 1) : 9600);
			ck_assert_int_le(pause, 14400 * 5 / 4);
			now = due.at;
		}
	} while (ending == ENDING_LATER);
	clock_set(0);
	ck_assert_int_eq(nwarnings, 1);
	ck_assert_int_ge(now, begun + 432000);
	ck_assert_int_le(now, begun + 432000 + 14400 * 5 / 4);
	ck_assert_int_ge(ntries, 28);
	ck_assert_int_le(ntries, 38);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nAction: failed\r\nStatus: 4.4.1\r\n"));
}
END_TEST

/* Hazard F15: one that was queued before the clock was set, on a host that knew no better, and the other way round. */
static const struct { time_t before, after; } jumps[] = {
	{ 60, 1800000000 },
	{ 1800000000, 60 },
	{ 1800000000, 1800000000 + 10 * 365 * 86400 },
	{ 4000000000, 1800000000 },
};

START_TEST(a_clock_that_jumps_bounces_nothing)
{
	struct job  j;
	const char *id;
	time_t      now = jumps[_i].before, begun = now;

	spool_make(&spool);
	clock_set(now);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	for (int i = 0; i < 20; i++) {
		clock_set(now);
		begin(&j, id);
		say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
		ck_assert_int_eq(finish(&j), ENDING_LATER);
		ck_assert_int_le(due.at, now + 14400 * 5 / 4);
		if (i == 10)
			now = begun = jumps[_i].after;
		else
			now = due.at;
	}
	ck_assert_int_ge(now, begun + 9 * 14400);
	clock_set(0);
}
END_TEST

/* RFC 3461, 5.2.2: a relay that offers no DSN says nothing of success; who asked for it hears from us, and once. */
static const struct { const char *sender, *notify; bool told; } successes[] = {
	{ "alice@example.com", "SUCCESS", true },
	{ "alice@example.com", "SUCCESS,FAILURE", true },
	{ "alice@example.com", "FAILURE,DELAY", false },
	{ "alice@example.com", "NEVER", false },
	{ "alice@example.com", NULL, false },
	{ "", "SUCCESS", false },
};

static void wish(struct job *, const char *notify);

START_TEST(success_is_reported_where_the_relay_does_not)
{
	struct conf with = conf;
	struct job  j;

	with.postmaster = "ops@example.com";
	given(&j, successes[_i].sender, "bob@example.net");
	wish(&j, successes[_i].notify);
	say(&j, OUTCOME_SENT, "2.0.0", "250 2.0.0 Ok");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_GONE);
	ck_assert_int_eq(bounce.id[0] != '\0', successes[_i].told);
	ck_assert_int_eq(spool_count(&spool, "queue"), successes[_i].told);
	if (successes[_i].told)
		ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nAction: relayed\r\nStatus: 2.0.0\r\n"));
}
END_TEST

START_TEST(one_try_makes_one_report_at_most)
{
	struct job j;

	given(&j, "alice@example.com", "bob@example.net,carol@example.net,dave@example.net");
	for (size_t i = 0; i < 3; i++)
		j.claim.entry.recipient[i].notify = xstrdup("SUCCESS,FAILURE");
	say_of(&j, 0, OUTCOME_SENT, "2.0.0", "250 Ok");
	say_of(&j, 1, OUTCOME_NEVER, "5.1.1", "550 no");
	say_of(&j, 2, OUTCOME_LATER, "4.2.2", "452 full");
	ck_assert_int_eq(finish(&j), ENDING_LATER);
	ck_assert_int_eq(spool_count(&spool, "queue"), 2);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "; bob@example.net\r\nAction: relayed\r\n"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "; carol@example.net\r\nAction: failed\r\n"));
	ck_assert_ptr_null(strstr(content(bounce.id), "dave@"));
	begin(&j, due.id);
	ck_assert_uint_eq(entry_nqueued(&j.claim.entry), 1);
	say_of(&j, 2, OUTCOME_SENT, "2.0.0", "250 Ok");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_str_eq(bounce.id, "");
}
END_TEST

/* RFC 6533: an address beyond ASCII is told of in types that may hold it. */
START_TEST(an_international_address_is_reported_as_it_is)
{
	struct job j;

	given(&j, "alice@example.com", "jos\xc3\xa9@example.net");
	say(&j, OUTCOME_NEVER, "5.6.7", "host mx.example.net does not offer SMTPUTF8");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id),
	    "\r\nContent-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	    "Reporting-MTA:"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nFinal-Recipient: utf-8; jos\xc3\xa9@example.net\r\n"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject"));
}
END_TEST

/* Each with a name and an answer as long as they get. */
START_TEST(a_report_of_all_that_an_entry_can_hold_is_whole)
{
	struct buf  list = BUF(ENTRY_MAX_RECIPIENTS * 320);
	struct job  j;
	char        words[ENTRY_TAIL], end[128] = "";
	struct stat st;
	int         fd;

	memset(words, 'x', sizeof words);
	words[sizeof words - 1] = '\0';
	for (int i = 0; i < ENTRY_MAX_RECIPIENTS; i++)
		buf_addf(&list, "%s%0260d@example.net", i > 0 ? "," : "", i);
	given(&j, "alice@example.com", buf_text(&list));
	for (size_t i = 0; i < ENTRY_MAX_RECIPIENTS; i++)
		say_of(&j, i, OUTCOME_NEVER, "5.1.1", words);
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	begin(&j, bounce.id);
	fd = claim_reader(&j.claim);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(pread(fd, end, sizeof end - 1, st.st_size - (off_t)sizeof end + 1), sizeof end - 1);
	ck_assert_ptr_nonnull(strstr(end, "\r\n\r\nSubject: x\r\nX-Long: kept\r\n\r\n--"));
	ck_assert_ptr_nonnull(strstr(end, "/report--\r\n"));
	ck_assert_int_lt(st.st_size, 4 << 20);
	close(fd);
	finish(&j);
	buf_release(&list);
}
END_TEST

START_TEST(what_is_given_up_returns_without_another_try)
{
	struct job   j;
	struct claim c;
	const char  *id;

	spool_make(&spool);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	ck_assert_int_eq(claim_take(&c, &spool, id, &why), CLAIM_OK);
	c.entry.given_up = true;
	ck_assert_int_eq(claim_mark(&c, &why), 0);
	claim_release(&c);
	begin(&j, id);
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nAction: failed\r\nStatus: 5.0.0\r\n"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "given up by the administrator of this host"));
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
}
END_TEST

/* Nobody can be told: it is held, and no longer given up, so that its release is not the same again. */
START_TEST(what_is_given_up_after_a_try_says_both)
{
	struct job  j;
	const char *id;

	id = given(&j, "alice@example.com", "bob@example.net");
	say(&j, OUTCOME_LATER, "4.2.2", "host mx.example.net[192.0.2.1] said: 452 full (in reply to RCPT TO)");
	ck_assert_int_eq(finish(&j), ENDING_LATER);
	begin(&j, id);
	j.claim.entry.given_up = true;
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "    5.0.0 given up by the administrator of this host after: "
	    "4.2.2 host mx.example.net[192.0.2.1] said: 452 full (in reply to RCPT TO)\r\n\r\nIt will not be tried again."));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\nDiagnostic-Code: smtp; 452 full\r\n"));
}
END_TEST

START_TEST(what_is_given_up_and_cannot_return_is_held)
{
	struct job  j;
	const char *id;

	id = given(&j, "", "bob@example.net");
	j.claim.entry.given_up = true;
	ck_assert_int_eq(finish(&j), ENDING_HELD);
	begin(&j, id);
	ck_assert(j.claim.entry.held);
	ck_assert(!j.claim.entry.given_up);
	finish(&j);
}
END_TEST

/* RFC 3461, 4.1 and 5.2.  What one recipient's NOTIFY makes of a refusal and of a delay. */
static const struct { const char *notify; bool bounces, warns; } wishes[] = {
	{ NULL, true, true },
	{ "NEVER", false, false },
	{ "SUCCESS", false, false },
	{ "FAILURE", true, false },
	{ "SUCCESS,DELAY", false, true },
};

static void
wish(struct job *j, const char *notify)
{
	j->claim.entry.recipient[0].notify = notify != NULL ? xstrdup(notify) : NULL;
}

START_TEST(who_does_not_want_to_hear_of_it_is_not_told)
{
	struct conf with = conf;
	struct job  j;
	const char *id;

	with.warn_seconds = 1;
	id = given(&j, "alice@example.com", "bob@example.net");
	wish(&j, wishes[_i].notify);
	grow_old(&j, 10);
	say(&j, OUTCOME_LATER, "4.4.1", "connection refused");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_LATER);
	ck_assert_int_eq(bounce.id[0] != '\0', wishes[_i].warns);
	begin(&j, id);
	wish(&j, wishes[_i].notify);
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(job_finish(&j, &with, true, &due, &bounce), ENDING_GONE);
	ck_assert_int_eq(bounce.id[0] != '\0', wishes[_i].bounces);
	ck_assert_int_eq(spool_count(&spool, "queue"), wishes[_i].bounces + wishes[_i].warns);
}
END_TEST

/* A null sender's message would be held; not where nobody is to be told. */
START_TEST(what_nobody_wants_to_hear_of_is_not_held)
{
	struct job j;

	given(&j, "", "bob@example.net");
	wish(&j, "NEVER");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
}
END_TEST

/* RFC 3461, 4.3, 4.4 and 6.3. */
static const struct { const char *ret, *has, *has_not; } returned[] = {
	{ NULL, "Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nX-Long: kept\r\n\r\n--", "hello" },
	{ "HDRS", "Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n", "hello" },
	{ "FULL", "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nX-Long: kept\r\n\r\nhello\r\n\r\n--",
	    "rfc822-headers" },
};

START_TEST(a_bounce_returns_as_much_as_was_asked_for)
{
	struct job j;

	given(&j, "alice@example.com", "bob@example.net");
	j.claim.entry.ret = returned[_i].ret != NULL ? xstrdup(returned[_i].ret) : NULL;
	j.claim.entry.envid = xstrdup("QQ+2B+0Ax");
	j.claim.entry.recipient[0].orcpt = xstrdup("rfc822;bob+2B@example.org");
	say(&j, OUTCOME_NEVER, "5.1.1", "550 no");
	ck_assert_int_eq(finish(&j), ENDING_GONE);
	ck_assert_ptr_nonnull(strstr(content(bounce.id), returned[_i].has));
	ck_assert_ptr_null(strstr(content(bounce.id), returned[_i].has_not));
	ck_assert_ptr_nonnull(strstr(content(bounce.id), "\r\n\r\nOriginal-Envelope-Id: QQ+?x\r\nReporting-MTA:"));
	ck_assert_ptr_nonnull(strstr(content(bounce.id),
	    "\r\n\r\nOriginal-Recipient: rfc822;bob+@example.org\r\nFinal-Recipient: rfc822; bob@example.net\r\n"));
	begin(&j, bounce.id);   /* it can be believed */
	finish(&j);
}
END_TEST

/* Neither its file nor whoever waits for it can tell that it was in a worker's hand. */
START_TEST(what_is_returned_is_as_it_was)
{
	struct job   j;
	const char  *id = given(&j, "alice@example.com", "bob@example.net");
	struct claim again;

	j.caller = 99;
	j.trace = true;
	job_return(&j, &due);
	ck_assert_str_eq(due.id, id);
	ck_assert_int_eq(due.caller, 99);
	ck_assert(due.trace);
	ck_assert_int_eq(claim_take(&again, &spool, id, &why), CLAIM_OK);
	ck_assert_uint_eq(again.entry.tries, 0);
	ck_assert_uint_eq(entry_nqueued(&again.entry), 1);
	claim_release(&again);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, who_does_not_want_to_hear_of_it_is_not_told, wishes);
	tcase_add_test(t, what_nobody_wants_to_hear_of_is_not_held);
	add_table(t, a_bounce_returns_as_much_as_was_asked_for, returned);
	tcase_add_test(t, what_is_given_up_returns_without_another_try);
	tcase_add_test(t, what_is_given_up_after_a_try_says_both);
	tcase_add_test(t, what_is_given_up_and_cannot_return_is_held);
	tcase_add_test(t, what_was_sent_is_removed);
	tcase_add_test(t, what_cannot_be_removed_is_not_sent_again);
	tcase_add_test(t, what_is_for_later_stays_with_its_answer);
	tcase_add_test(t, silence_is_for_later);
	tcase_add_test(t, what_no_relay_was_called_for_waits_for_news_of_one);
	tcase_add_test(t, what_is_returned_is_as_it_was);
	tcase_add_test(t, a_worker_cannot_lie_about_what_it_has_not);
	tcase_add_test(t, a_refusal_is_reported_to_its_sender);
	tcase_add_test(t, no_bounce_no_removal);
	tcase_add_test(t, a_null_sender_is_never_bounced_to);
	tcase_add_test(t, what_cannot_return_goes_to_the_postmaster_and_no_further);
	tcase_add_test(t, a_local_sender_hears_of_it_where_his_alias_leads);
	tcase_add_test(t, what_cannot_reach_the_postmasters_alias_is_held);
	tcase_add_test(t, a_postmaster_who_was_reached_hears_of_those_who_were_not);
	tcase_add_test(t, a_late_message_is_announced_once);
	tcase_add_test(t, no_more_is_held_than_may_be);
	tcase_add_test(t, a_message_that_nobody_takes_is_tried_for_five_days_then_returned);
	add_table(t, a_clock_that_jumps_bounces_nothing, jumps);
	add_table(t, success_is_reported_where_the_relay_does_not, successes);
	tcase_add_test(t, one_try_makes_one_report_at_most);
	tcase_add_test(t, an_international_address_is_reported_as_it_is);
	tcase_add_test(t, a_report_of_all_that_an_entry_can_hold_is_whole);
	tcase_add_test(t, an_expired_message_is_returned_with_its_last_answer);
	tcase_add_test(t, what_no_try_has_answered_is_returned_with_a_reason_too);
}
