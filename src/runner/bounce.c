/* SPDX-License-Identifier: ISC */
#include "runner/bounce.h"

#include "alias/expand.h"
#include "base/clock.h"
#include "entry/writer.h"
#include "spool/submit.h"

enum {
	HEADER_MAX = 64 << 10,   /* octets of the original's header */
	TEXT_MAX   = 8 << 20,   /* octets: ENTRY_MAX_RECIPIENTS fit, whatever they are called */
};

static bool
still_waits(const struct entry *e, const char *address)
{
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED && address_same(e->recipient[i].address, address))
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
		if (still_waits(e, to->mailbox[i].address))
			recipients_release(to);
}

/* The original's header, as far as it fits; it ends with its empty line, which is not among it. */
static struct slice
read_header(const struct claim *c, char block[HEADER_MAX])
{
	struct problem why;
	ssize_t        n = entry_message(&c->entry, c->fd, 0, block, HEADER_MAX, &why);
	const char    *end = n > 0 ? memmem(block, (size_t)n, "\r\n\r\n", 4) : NULL;

	if (end != NULL)
		n = end + 2 - block;
	while (n > 0 && block[n - 1] != '\n')
		n--;
	return (struct slice){ block, n > 0 ? (size_t)n : 0 };
}

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
write_bounce(int fd, struct entry *bounce, const struct claim *c, const struct report *r, struct problem *why)
{
	struct buf    text = BUF(TEXT_MAX);
	struct writer w;
	int           result = 0;

	writer_start(&w, fd, bounce);
	report_begin(r, &text);
	writer_add(&w, buf_slice(&text));
	if (r->whole)
		result = copy_original(&w, c, why);
	buf_clear(&text);
	report_end(r, &text);
	writer_add(&w, buf_slice(&text));
	if (result == 0)
		result = writer_finish(&w, why);
	writer_release(&w);
	buf_release(&text);
	return result;
}

static int
store(const struct conf *conf, const struct claim *c, const enum action *action, struct submission *sub,
    struct entry *bounce, struct problem *why)
{
	char          block[HEADER_MAX];
	struct report r = {
		.conf = conf,
		.about = &c->entry,
		.report = bounce,
		.action = action,
		.header = read_header(c, block),
		.whole = report_returns_all(&c->entry, action),
	};

	if (write_bounce(sub->fd, bounce, c, &r, why) != 0 || submit_complete(c->spool, sub, why) != 0 ||
	    submit_sync(c->spool, sub, why) != 0)
		return -1;
	return submit_sync_queue(c->spool, why);
}

int
bounce_send(const struct conf *conf, const struct claim *c, const enum action *action, const struct recipients *to,
    char id[ENTRY_ID_LEN + 1], struct problem *why)
{
	struct submission sub = SUBMISSION;
	struct entry      bounce = ENTRY;
	int               result = -1;

	bounce.uid = c->entry.uid;
	bounce.arrived = bounce.next = clock_now();
	bounce.sender = slice_dup(SLICE(""));
	bounce.requiretls = c->entry.requiretls;   /* RFC 8689, 5: what is returned is as private as what was sent */
	for (size_t i = 0; i < to->nmailboxes; i++)
		entry_add_recipient(&bounce, SLICE(to->mailbox[i].address));
	if (submit_create(c->spool, &sub, why) == 0) {
		strlcpy(bounce.id, sub.id, sizeof bounce.id);
		strlcpy(id, sub.id, ENTRY_ID_LEN + 1);
		result = store(conf, c, action, &sub, &bounce, why);
		if (result == 0)
			submit_close(&sub);
		else
			submit_abandon(c->spool, &sub);
	}
	entry_release(&bounce);
	return result;
}
