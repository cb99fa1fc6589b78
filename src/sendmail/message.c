/* SPDX-License-Identifier: ISC */
#include "sendmail/message.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/xalloc.h"
#include "entry/received.h"
#include "entry/writer.h"
#include "mail/dsn.h"

_Static_assert((int)ADDRESS_MAX == (int)ENTRY_MAX_ADDRESS, "what is parsed can be queued");
_Static_assert((int)RECIPIENTS_MAX == (int)ENTRY_MAX_RECIPIENTS, "what is parsed can be queued");
_Static_assert((int)DSN_MAX_ORCPT == (int)ENTRY_MAX_PARAMETER, "what is parsed can be queued");

enum { PIECE_MAX = 64 << 10, ROOM = 1 << 20 };   /* octets */

/*
 * RFC 5322, 3.6.4: the same for nobody else, ever: the time and 64 random bits.  Not by arc4random(3): libbsd's ends the
 * program, without a word, where there is no memory for its state.
 */
static int
add_message_id(struct buf *id, const char *hostname, struct problem *why)
{
	struct tm now;
	time_t    seconds = clock_now();
	char      stamp[32];
	unsigned  random[2];

	if (getentropy(random, sizeof random) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "choose a Message-ID: %s", strerror(errno));
	gmtime_r(&seconds, &now);
	strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &now);
	buf_addf(id, "%s.%08x%08x@%s", stamp, random[0], random[1], hostname);
	return 0;
}

/* Who From says it is where the caller does not say: the sender or, for the null one, the user who calls. */
static int
from_mailbox(const struct letterhead *l, struct mailbox *from, struct problem *why)
{
	*from = *l->sender;
	if (from->address[0] != '\0')
		return 0;
	if (address_of_login(from, SLICE(l->author->login), why) != 0)
		return -1;
	return address_complete(from, l->conf->mailname, why);
}

static int
compose(struct message *m, const struct letterhead *l, struct slice fields, struct recipients *to, struct problem *why)
{
	struct mailbox  from;
	struct buf      date = BUF(64), id = BUF(512);
	struct composer c = { .mailname = l->conf->mailname, .name = l->name, .from = from.address };
	int             result;

	if (add_message_id(&id, l->conf->hostname, why) != 0)
		return EX_TEMPFAIL;
	date_format(&date, clock_now());
	c.date = buf_text(&date);
	c.message_id = buf_text(&id);
	result = from_mailbox(l, &from, why);
	if (result == 0)
		result = compose_header(&c, fields, to, &m->header, why);
	buf_release(&date);
	buf_release(&id);
	return result == 0 ? 0 : EX_DATAERR;
}

int
message_header(struct message *m, const struct letterhead *l, struct input *in, struct recipients *to,
    struct problem *why)
{
	struct header h;
	struct slice  fields;
	int           code = input_header(in, &h, why);

	if (code != 0) {
		buf_release(&m->header);
		return code;
	}
	fields = slice_from((struct slice){ in->text.at, h.end }, h.begin);
	m->entry.tls_waived = header_waives_tls(fields);
	code = compose(m, l, fields, to, why);
	if (code == 0)
		input_body(in, &h);
	else
		buf_release(&m->header);
	return code;
}

/* On the disk; or, where that cannot be or has no room, in memory. */
static int
make_file(void)
{
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, ROOM) != 0 && (errno == ENOSPC || errno == EDQUOT)) {
		close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd : memfd_create("salsa-message", MFD_CLOEXEC);
}

static int
write_body(struct input *in, struct writer *w, struct problem *why)
{
	int code = 0;

	for (;;) {
		writer_add(w, buf_slice(&in->text));
		buf_clear(&in->text);
		if (in->at_end || w->failed || code != 0)
			return code;
		code = input_more(in, why);
	}
}

/* The writer is at its end: what it has made is the message's. */
static void
take_written(struct message *m, struct writer *w)
{
	m->fd = w->fd;
	if (m->fd < 0) {
		m->text = w->block;
		m->text_len = w->len;
		w->block = NULL;
	}
	writer_release(w);
}

/* Without a queue it goes from here to the relay, and needs a file, a Received field and a checksum at once. */
static int
start(struct message *m, const struct letterhead *l, struct writer *w, struct problem *why)
{
	struct buf received = BUF(1024);

	if (l->conf->deliver != DELIVER_DIRECT) {
		writer_start_draft(w, make_file, &m->entry);
		return 0;
	}
	if ((m->fd = make_file()) < 0) {
		problem_set(why, VERDICT_LATER, "4.3.0", "make a file without a name: %s", strerror(errno));
		return EX_TEMPFAIL;
	}
	writer_start(w, m->fd, &m->entry);
	received_format(&received, l->conf->hostname, l->author->uid, "-", m->entry.arrived);
	writer_add(w, buf_slice(&received));
	buf_release(&received);
	return 0;
}

static int
write_entry(struct message *m, const struct letterhead *l, struct input *in, struct problem *why)
{
	struct writer w;
	int           code = start(m, l, &w, why);

	if (code != 0)
		return code;
	writer_add(&w, buf_slice(&m->header));
	code = write_body(in, &w, why);
	if (code == 0 && writer_finish(&w, why) != 0)
		code = EX_TEMPFAIL;
	take_written(m, &w);
	return code;
}

/* What the caller sees in the log alone: it had no say in it. */
static void
warn_of_losses(struct message *m, const struct input *in)
{
	if (in->wire.cut)
		buf_addf(&m->warnings, "from=<%s>: a line with a lone dot ended the message, what followed was dropped; "
		    "sendmail -i keeps it\n", m->entry.sender);
	if (in->wire.had_nul)
		buf_addf(&m->warnings, "from=<%s>: NUL octets were dropped\n", m->entry.sender);
}

int
message_write(struct message *m, const struct letterhead *l, struct input *in, struct problem *why)
{
	int code;

	m->entry.uid = l->author->uid;
	m->entry.arrived = m->entry.next = clock_now();
	free(m->entry.sender);
	m->entry.sender = xstrdup(l->sender->address);
	code = write_entry(m, l, in, why);
	if (code == 0)
		warn_of_losses(m, in);
	return code;
}

int
message_piece(const struct message *m, off_t offset, size_t most, struct slice *piece, struct problem *why)
{
	static char block[PIECE_MAX];
	ssize_t     n;

	if (m->fd < 0) {
		*piece = slice_from((struct slice){ m->text, m->text_len }, (size_t)offset);
		piece->len = piece->len < most ? piece->len : most;
		return 0;
	}
	while ((n = pread(m->fd, block, most < sizeof block ? most : sizeof block, offset)) < 0 && errno == EINTR)
		;
	if (n < 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "read the message again: %s", strerror(errno));
	*piece = (struct slice){ block, (size_t)n };
	return 0;
}

bool
message_is_written(const struct message *m)
{
	return m->fd >= 0 || m->text != NULL;
}

void
message_unwrite(struct message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	free(m->text);
	m->text = NULL;
	m->text_len = 0;
}

void
message_release(struct message *m)
{
	message_unwrite(m);
	entry_release(&m->entry);
	buf_release(&m->warnings);
	buf_release(&m->header);
	*m = MESSAGE;
}
