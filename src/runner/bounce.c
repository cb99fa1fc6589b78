/* SPDX-License-Identifier: ISC */
#include "runner/bounce.h"

#include <strings.h>

#include "base/clock.h"
#include "base/date.h"
#include "entry/received.h"
#include "entry/writer.h"
#include "spool/submit.h"

enum { HEADER_MAX = 64 << 10, TEXT_MAX = 6 << 20 };

static const struct {
	const char *action, *subject, *words, *outlook;
} kinds[] = {
	[BOUNCE_FAILED] = {
		"failed", "Undelivered mail: returned to sender",
		"Your message could not be delivered to the following recipients.",
		"It will not be tried again.  What the relay said is below; please correct what it\r\n"
		"complains of, and send the message again, or show this text to your postmaster.",
	},
	[BOUNCE_DELAYED] = {
		"delayed", "Delayed mail: still being tried",
		"Your message could not yet be delivered to the following recipients.",
		"You need not send it again: it is kept, and will be tried again until it expires.",
	},
};

const char *
bounce_target(const struct conf *conf, const struct entry *e)
{
	if (e->sender[0] != '\0')
		return e->sender;
	if (conf->postmaster == NULL)
		return NULL;
	for (size_t i = 0; i < e->nrecipients; i++)
		if (strcasecmp(e->recipient[i].address, conf->postmaster) == 0)
			return NULL;
	return conf->postmaster;
}

static void
add_header(struct buf *b, const struct conf *conf, const struct entry *bounce, enum bounce_kind kind)
{
	received_format(b, conf->hostname, bounce->uid, bounce->id, bounce->arrived);
	buf_add(b, SLICE("Date: "));
	date_format(b, bounce->arrived);
	buf_addf(b,
	    "\r\nFrom: Mail Delivery System <MAILER-DAEMON@%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
	    "Message-ID: <%s@%s>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"%s/report\"\r\n\r\n",
	    conf->mailname, bounce->recipient[0].address, kinds[kind].subject, bounce->id, conf->hostname, bounce->id);
}

/* An answer is "STATUS what was said". */
static struct slice
split_answer(const struct recipient *r, struct slice *words)
{
	struct slice status;

	*words = SLICE(r->answer);
	status = slice_word(words);
	*words = slice_trim(*words);
	return status.len > 0 ? status : SLICE("4.0.0");
}

static void
add_words(struct buf *b, const struct conf *conf, const struct entry *e, enum bounce_kind kind, const bool *concerned)
{
	buf_addf(b, "This is the mail system at %s.\r\n\r\n%s\r\n%s\r\n\r\n", conf->hostname, kinds[kind].words,
	    kinds[kind].outlook);
	for (size_t i = 0; i < e->nrecipients; i++)
		if (concerned[i])
			buf_addf(b, "<%s>:\r\n    %s\r\n", e->recipient[i].address, e->recipient[i].answer);
	buf_add(b, SLICE("\r\n"));
}

/* What is behind the mark begin, up to end or, as long words are cut, to the end of s; empty without begin. */
static struct slice
between(struct slice s, const char *begin, const char *end)
{
	const char *from = memmem(s.at, s.len, begin, strlen(begin)), *to;

	if (from == NULL)
		return SLICE("");
	from += strlen(begin);
	to = memmem(from, s.len - (size_t)(from - s.at), end, strlen(end));
	if (to == NULL)
		to = s.at + s.len;
	return (struct slice){ from, (size_t)(to - from) };
}

/*
 * RFC 3464, 2.3.5 and 2.3.6: who refused, and in which words.  What a relay said is "host NAME[ADDRESS] said: REPLY (in
 * reply to COMMAND)"; anything else is this host's own word.
 */
static void
add_diagnosis(struct buf *b, struct slice words)
{
	struct slice host = between(words, "host ", "["), reply = between(words, " said: ", " (in reply to ");

	if (host.len > 0 && reply.len > 0)
		buf_addf(b, "Remote-MTA: dns; %.*s\r\nDiagnostic-Code: smtp; %.*s\r\n", SLICE_ARG(host),
		    SLICE_ARG(reply));
	else
		buf_addf(b, "Diagnostic-Code: x-salsa; %.*s\r\n", SLICE_ARG(words));
}

/* RFC 3464, 2.2 and 2.3. */
static void
add_status(struct buf *b, const struct conf *conf, const struct entry *e, enum bounce_kind kind, const bool *concerned)
{
	buf_addf(b, "Reporting-MTA: dns; %s\r\nX-Salsa-Queue-ID: %s\r\nArrival-Date: ", conf->hostname, e->id);
	date_format(b, e->arrived);
	buf_add(b, SLICE("\r\n"));
	for (size_t i = 0; i < e->nrecipients; i++) {
		struct slice words, status;

		if (!concerned[i])
			continue;
		status = split_answer(&e->recipient[i], &words);
		buf_addf(b, "\r\nFinal-Recipient: rfc822; %s\r\nAction: %s\r\nStatus: %.*s\r\n",
		    e->recipient[i].address, kinds[kind].action, SLICE_ARG(status));
		add_diagnosis(b, words);
	}
}

/* The original's header, as far as it fits; it ends with its empty line, which is not copied. */
static void
add_original_header(struct buf *b, const struct claim *c)
{
	char           block[HEADER_MAX];
	struct problem why;
	ssize_t        n = entry_message(&c->entry, c->fd, 0, block, sizeof block, &why);
	const char    *end = n > 0 ? memmem(block, (size_t)n, "\r\n\r\n", 4) : NULL;

	if (end != NULL)
		n = end + 2 - block;
	while (n > 0 && block[n - 1] != '\n')
		n--;
	buf_add(b, (struct slice){ block, n > 0 ? (size_t)n : 0 });
}

static void
add_part(struct buf *b, const char *id, const char *description, const char *type)
{
	buf_addf(b, "--%s/report\r\nContent-Description: %s\r\nContent-Type: %s\r\n\r\n", id, description, type);
}

static void
compose(struct buf *b, const struct conf *conf, const struct claim *c, const struct entry *bounce,
    enum bounce_kind kind, const bool *concerned)
{
	add_header(b, conf, bounce, kind);
	add_part(b, bounce->id, "Notification", "text/plain; charset=us-ascii");
	add_words(b, conf, &c->entry, kind, concerned);
	add_part(b, bounce->id, "Delivery report", "message/delivery-status");
	add_status(b, conf, &c->entry, kind, concerned);
	buf_add(b, SLICE("\r\n"));
	add_part(b, bounce->id, "Header of the message", "text/rfc822-headers");
	add_original_header(b, c);
	buf_addf(b, "\r\n--%s/report--\r\n", bounce->id);
}

static int
write_bounce(struct submission *sub, struct entry *bounce, struct slice message, struct problem *why)
{
	struct writer w;
	int           result;

	writer_start(&w, sub->fd, bounce);
	writer_add(&w, message);
	result = writer_finish(&w, why);
	writer_release(&w);
	return result;
}

static int
store(const struct conf *conf, const struct claim *c, enum bounce_kind kind, const bool *concerned,
    struct submission *sub, struct entry *bounce, struct problem *why)
{
	struct buf message = BUF(TEXT_MAX);
	int        result;

	compose(&message, conf, c, bounce, kind, concerned);
	result = write_bounce(sub, bounce, buf_slice(&message), why);
	buf_release(&message);
	if (result != 0 || submit_complete(c->spool, sub, why) != 0 || submit_sync(c->spool, why) != 0)
		return -1;
	return 0;
}

int
bounce_send(const struct conf *conf, const struct claim *c, enum bounce_kind kind, const char *target,
    const bool *concerned, char id[ENTRY_ID_LEN + 1], struct problem *why)
{
	struct submission sub = SUBMISSION;
	struct entry      bounce = ENTRY;
	int               result = -1;

	bounce.uid = c->entry.uid;
	bounce.arrived = bounce.next = clock_now();
	bounce.sender = slice_dup(SLICE(""));
	entry_add_recipient(&bounce, SLICE(target));
	if (submit_create(c->spool, &sub, why) == 0) {
		strlcpy(bounce.id, sub.id, sizeof bounce.id);
		strlcpy(id, sub.id, ENTRY_ID_LEN + 1);
		result = store(conf, c, kind, concerned, &sub, &bounce, why);
		if (result == 0)
			submit_close(&sub);
		else
			submit_abandon(c->spool, &sub);
	}
	entry_release(&bounce);
	return result;
}
