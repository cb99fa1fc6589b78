/* SPDX-License-Identifier: ISC */
#include "runner/bounce.h"

#include <stdio.h>

#include "alias/expand.h"
#include "base/clock.h"
#include "base/date.h"
#include "entry/received.h"
#include "entry/writer.h"
#include "mail/dsn.h"
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

static bool
is_recipient(const struct entry *e, const char *address)
{
	for (size_t i = 0; i < e->nrecipients; i++)
		if (address_same(e->recipient[i].address, address))
			return true;
	return false;
}

/* What is wrong with the aliases was said to whoever wrote them, and is no reason not to be told. */
static void
add_target(const struct conf *conf, const char *address, struct recipients *to)
{
	struct buf     faults = BUF(1024);
	struct problem why;

	if (recipients_add(to, SLICE(address), &why) == 0)
		(void)expand(to, conf, &faults, &why);
	buf_release(&faults);
}

void
bounce_targets(const struct conf *conf, const struct entry *e, struct recipients *to)
{
	if (e->sender[0] != '\0') {
		add_target(conf, e->sender, to);
		return;
	}
	if (conf->postmaster != NULL)
		add_target(conf, conf->postmaster, to);
	for (size_t i = 0; i < to->nmailboxes; i++)
		if (is_recipient(e, to->mailbox[i].address))
			recipients_release(to);
}

static const char eightbit_field[] = "Content-Transfer-Encoding: 8bit\r\n";

static void
add_header(struct buf *b, const struct conf *conf, const struct entry *bounce, enum bounce_kind kind, bool eightbit)
{
	received_format(b, conf->hostname, bounce->uid, bounce->id, bounce->arrived);
	buf_add(b, SLICE("Date: "));
	date_format(b, bounce->arrived);
	buf_addf(b,
	    "\r\nFrom: Mail Delivery System <MAILER-DAEMON@%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
	    "Message-ID: <%s@%s>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n%s"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"%s/report\"\r\n\r\n",
	    conf->mailname, bounce->recipient[0].address, kinds[kind].subject, bounce->id, conf->hostname,
	    eightbit ? eightbit_field : "", bounce->id);
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

/* RFC 3464, 2.2.1 and 2.3.1: a field with what xtext stands for, which may be anything; none for NULL. */
static void
add_decoded(struct buf *b, const char *name, const char *xtext)
{
	struct buf text = BUF(ENTRY_MAX_PARAMETER);
	char       shown[ENTRY_MAX_PARAMETER + 1];

	if (xtext == NULL)
		return;
	dsn_decode(&text, SLICE(xtext));
	printable_copy(shown, sizeof shown, buf_slice(&text));
	buf_addf(b, "%s: %s\r\n", name, shown);
	buf_release(&text);
}

/* RFC 3464, 2.2 and 2.3. */
static void
add_status(struct buf *b, const struct conf *conf, const struct entry *e, enum bounce_kind kind, const bool *concerned)
{
	add_decoded(b, "Original-Envelope-Id", e->envid);
	buf_addf(b, "Reporting-MTA: dns; %s\r\nX-Salsa-Queue-ID: %s\r\nArrival-Date: ", conf->hostname, e->id);
	date_format(b, e->arrived);
	buf_add(b, SLICE("\r\n"));
	for (size_t i = 0; i < e->nrecipients; i++) {
		struct slice words, status;

		if (!concerned[i])
			continue;
		status = split_answer(&e->recipient[i], &words);
		buf_add(b, SLICE("\r\n"));
		add_decoded(b, "Original-Recipient", e->recipient[i].orcpt);
		buf_addf(b, "Final-Recipient: rfc822; %s\r\nAction: %s\r\nStatus: %.*s\r\n",
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

/* RFC 3461, 4.3: a message that is late is not returned. */
static bool
returns_all(const struct entry *e, enum bounce_kind kind)
{
	return kind == BOUNCE_FAILED && e->ret != NULL && strcmp(e->ret, "FULL") == 0;
}

static void
add_part(struct buf *b, const char *id, const char *description, const char *type)
{
	buf_addf(b, "--%s/report\r\nContent-Description: %s\r\nContent-Type: %s\r\n\r\n", id, description, type);
}

/* All but the original, which comes last, and the end. */
static void
compose(struct buf *b, const struct conf *conf, const struct claim *c, const struct entry *bounce,
    enum bounce_kind kind, const bool *concerned)
{
	bool all = returns_all(&c->entry, kind);

	add_header(b, conf, bounce, kind, all && c->entry.eightbit);
	add_part(b, bounce->id, "Notification", "text/plain; charset=us-ascii");
	add_words(b, conf, &c->entry, kind, concerned);
	add_part(b, bounce->id, "Delivery report", "message/delivery-status");
	add_status(b, conf, &c->entry, kind, concerned);
	buf_add(b, SLICE("\r\n"));
	if (all) {
		buf_addf(b, "--%s/report\r\nContent-Description: Message\r\nContent-Type: message/rfc822\r\n%s\r\n",
		    bounce->id, c->entry.eightbit ? eightbit_field : "");
		return;
	}
	add_part(b, bounce->id, "Header of the message", "text/rfc822-headers");
	add_original_header(b, c);
}

/* However large it is. */
static int
copy_original(struct writer *w, const struct claim *c, struct problem *why)
{
	char    block[32768];
	ssize_t n;

	for (off_t offset = 0; (n = entry_message(&c->entry, c->fd, offset, block, sizeof block, why)) > 0; offset += n)
		writer_add(w, (struct slice){ block, (size_t)n });
	return n < 0 ? -1 : 0;
}

static int
write_bounce(struct submission *sub, struct entry *bounce, const struct claim *c, struct slice text, bool all,
    struct problem *why)
{
	char          end[64];
	struct writer w;
	int           result = 0;

	writer_start(&w, sub->fd, bounce);
	writer_add(&w, text);
	if (all)
		result = copy_original(&w, c, why);
	snprintf(end, sizeof end, "\r\n--%s/report--\r\n", bounce->id);
	writer_add(&w, SLICE(end));
	if (result == 0)
		result = writer_finish(&w, why);
	writer_release(&w);
	return result;
}

static int
store(const struct conf *conf, const struct claim *c, enum bounce_kind kind, const bool *concerned,
    struct submission *sub, struct entry *bounce, struct problem *why)
{
	struct buf text = BUF(TEXT_MAX);
	int        result;

	compose(&text, conf, c, bounce, kind, concerned);
	result = write_bounce(sub, bounce, c, buf_slice(&text), returns_all(&c->entry, kind), why);
	buf_release(&text);
	if (result != 0 || submit_complete(c->spool, sub, why) != 0 || submit_sync(c->spool, why) != 0)
		return -1;
	return 0;
}

int
bounce_send(const struct conf *conf, const struct claim *c, enum bounce_kind kind, const struct recipients *to,
    const bool *concerned, char id[ENTRY_ID_LEN + 1], struct problem *why)
{
	struct submission sub = SUBMISSION;
	struct entry      bounce = ENTRY;
	int               result = -1;

	bounce.uid = c->entry.uid;
	bounce.arrived = bounce.next = clock_now();
	bounce.sender = slice_dup(SLICE(""));
	for (size_t i = 0; i < to->nmailboxes; i++)
		entry_add_recipient(&bounce, SLICE(to->mailbox[i].address));
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
